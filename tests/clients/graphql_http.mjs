// Runs every audit of graphql-http against a gateway, and prints the results as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of whoever asks

import { serverAudits } from 'graphql-http';

const { ATRIUM_URL, TOKEN } = process.env;

const audits = serverAudits({
  url: `${ATRIUM_URL}/graphql`,
  fetchFn: (url, init = {}) =>
    fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${TOKEN}` } }),
});

const results = [];
for (const { id, name, fn } of audits) {
  const { status, reason } = await fn();
  results.push({ id, name, status, reason });
}
console.log(JSON.stringify(results));
