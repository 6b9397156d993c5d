// Opens GraphiQL as a gateway serves it, asks one query as one role, and checks
// the answer, that nothing left the page's origin and that the token stayed secret.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   ROLE        the role to select, e.g. STAFF
//   CLINIC      the clinic's name; the first one that has the role if not given
//   TOKEN       the bearer token to type, if the page has no role switcher
//   QUERY       the query to type (an operation without comments)
//   EXPECT      text that the answer must show; white space does not count
//   CHROMIUM    the browser, /usr/bin/chromium if not given
//   SCREENSHOT  where to write a PNG of the last state, if given
//   TIMEOUT_MS  how long to wait for any one thing, 30000 if not given

import { chromium } from 'playwright-core';

const {
  ATRIUM_URL,
  ROLE,
  CLINIC,
  TOKEN,
  QUERY,
  EXPECT,
  CHROMIUM = '/usr/bin/chromium',
  SCREENSHOT,
  TIMEOUT_MS = '30000',
} = process.env;

const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const SIZE = { width: 1280, height: 800 };
const EDITOR = '.graphiql-query-editor';
const RESULT = '.graphiql-response';

const timeout = Number(TIMEOUT_MS);
const squeeze = (text) => text.replace(/\s+/g, '');

function check(condition, problem) {
  if (!condition) throw new Error(problem);
}

/** Notes what the page must not do. Give it the page before anything is opened. */
async function watch(page, origin) {
  const requests = [];
  const problems = [];
  const note = (url) => {
    requests.push(url);
    const { protocol, origin: target } = new URL(url);
    const local = protocol === 'data:' || target === origin;
    if (!local) problems.push(`a request left the page's origin: ${url}`);
  };
  page.context().on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url().replace(/^ws/, 'http')));
  page.on('pageerror', (error) => problems.push(`uncaught in the page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && /content security policy/i.test(message.text())) {
      problems.push(`console: ${message.text().slice(0, 300)}`);
    }
  });
  // The event tells of every violation, also of those that no console shows.
  await page.exposeFunction('noteViolation', (what) => problems.push(`CSP violation: ${what}`));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      window.noteViolation(`${event.effectiveDirective} forbids ${event.blockedURI}`);
    });
  });
  return { requests, problems };
}

/** Selects the role, or types the token where there is no role switcher. */
async function signIn(page) {
  const switcher = page.getByLabel('Role', { exact: true });
  const tokenInput = page.getByLabel('Bearer token', { exact: true });
  await switcher.or(tokenInput).waitFor();
  if (await tokenInput.isVisible()) {
    check(TOKEN, 'the page asks for a bearer token, and TOKEN is not set');
    await tokenInput.fill(TOKEN);
    await tokenInput.press('Enter');
    return 'a typed token';
  }
  check(ROLE, 'the page has a role switcher, and ROLE is not set');
  const found = await switcher.evaluate(
    (select, { role, clinic }) => {
      const option = [...select.options].find(
        ({ label, parentElement }) =>
          label === role && (!clinic || parentElement.label === clinic),
      );
      return option && { value: option.value, clinic: option.parentElement.label };
    },
    { role: ROLE, clinic: CLINIC },
  );
  check(found, `the role switcher does not offer ${ROLE}${CLINIC ? ` in ${CLINIC}` : ''}`);
  await switcher.selectOption(found.value);
  return `${ROLE} of ${found.clinic}`;
}

/**
 * In the page: waits until what an editor shows passes `test`. White space is left out,
 * since the editor wraps lines, and shows some spaces as other characters.
 */
async function waitForText(page, pane, test, text, problem) {
  const shown = ({ pane, test, text }) => {
    const lines = [...document.querySelectorAll(`${pane} .view-line`)]
      .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
      .map((line) => line.textContent);
    const all = lines.join('').replace(/\s+/g, '');
    switch (test) {
      case 'some':
        return all !== '';
      case 'equals':
        return lines.length > 0 && all === text;
      case 'includes':
        return all.includes(text);
      case 'read':
        return lines.join('\n').replaceAll('\u00a0', ' ');
    }
  };
  try {
    await page.waitForFunction(shown, { pane, test, text: squeeze(text) }, { timeout });
  } catch (error) {
    if (error.name !== 'TimeoutError') throw error;
    const seen = await page.evaluate(shown, { pane, test: 'read' });
    throw new Error(`${problem}; shown instead:\n${seen.slice(0, 4000)}`);
  }
}

/** Replaces what the editor holds by typing the query, on one line so that nothing is indented. */
async function typeQuery(page) {
  await waitForText(page, EDITOR, 'some', '', 'the editor never held the default query');
  await page.locator(`${EDITOR} .view-lines`).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await waitForText(page, EDITOR, 'equals', '', 'the editor could not be cleared');
  await page.keyboard.type(QUERY.trim().replace(/\s+/g, ' '));
  await page.keyboard.press('Escape'); // closes the list of suggestions
  await waitForText(page, EDITOR, 'equals', QUERY, 'the editor does not hold the query');
  // GraphiQL reads the operation a moment after the last key, and until then would send
  // the former one's name. The tab's title tells when it has.
  const name = /^(?:query|mutation|subscription)\s+(\w+)/.exec(QUERY.trim())?.[1];
  await page.getByRole('tab', { name: name ?? '<untitled>', exact: true }).waitFor();
}

/** Runs the query and returns the request that carried it. */
async function runQuery(page) {
  const isRun = (request) =>
    new URL(request.url()).pathname === '/graphql' &&
    request.method() === 'POST' &&
    request.postDataJSON().operationName !== 'IntrospectionQuery';
  const [request] = await Promise.all([
    page.waitForRequest(isRun, { timeout }),
    page.keyboard.press('Control+Enter'),
  ]);
  return request;
}

/** Makes the window as high as the whole answer: an editor holds only the lines in view. */
async function makeRoom(page) {
  const missing = await page
    .locator(`${RESULT} .monaco-editor`)
    .first()
    .evaluate((editor) => editor.querySelector('.view-lines').offsetHeight - editor.clientHeight);
  if (missing > 0) {
    await page.setViewportSize({ ...SIZE, height: Math.min(SIZE.height + missing, 16_000) });
  }
}

async function test(page, requests) {
  const response = await page.goto(new URL('/graphiql/', ATRIUM_URL).href);
  check(response.ok(), `the page answered ${response.status()}`);
  const asWhom = await signIn(page);
  await typeQuery(page);
  const request = await runQuery(page);

  await waitForText(page, RESULT, 'some', '', 'no answer was shown');
  await makeRoom(page);
  await waitForText(page, RESULT, 'includes', EXPECT, `the answer does not show ${EXPECT}`);
  await page.setViewportSize(SIZE);

  const [scheme, token] = (request.headers().authorization ?? '').split(' ');
  check(scheme === 'Bearer' && token, 'the query was sent without a bearer token');
  const stored = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
  check(!stored.includes(token), "the token was written to the browser's storage");
  check(![page.url(), ...requests].some((url) => url.includes(token)), 'the token is in a URL');
  return `${asWhom}: the answer shows ${EXPECT}`;
}

for (const [name, value] of Object.entries({ ATRIUM_URL, QUERY, EXPECT })) {
  if (!value) {
    console.error(`failed: ${name} is not set`);
    process.exit(1);
  }
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGS });
const failures = [];
try {
  const page = await browser.newPage({ viewport: SIZE });
  page.setDefaultTimeout(timeout);
  const { origin } = new URL(ATRIUM_URL);
  const { requests, problems } = await watch(page, origin);
  let outcome;
  try {
    outcome = await test(page, requests);
  } catch (error) {
    failures.push(error.message);
  }
  if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
  failures.push(...problems);
  if (failures.length === 0) {
    console.log(`ok ${outcome}; ${requests.length} requests, all to ${origin}`);
  }
} catch (error) {
  failures.push(error.message);
} finally {
  await browser.close();
}

for (const failure of new Set(failures)) {
  console.error(`failed: ${failure}`);
}
process.exitCode = failures.length === 0 ? 0 : 1;
