// Drives a gateway by graphql-ws, as an app would, and prints what happened as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of the clinic's staff
//   SHORT       another of the same user that ends within seconds
//   BOOKING     the input of bookAppointment

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { ATRIUM_URL, TOKEN, SHORT, BOOKING } = process.env;

const changed = `subscription ($after: String, $announce: Boolean!) {
  appointmentChanged(after: $after, announce: $announce) { kind cursor appointmentId }
}`;
const book = `mutation ($input: BookAppointmentInput!) {
  bookAppointment(input: $input) { appointment { id } errors { code } }
}`;
const bearer = (token) => ({ authorization: `Bearer ${token}` });

function client(options) {
  return createClient({
    url: `${ATRIUM_URL.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryWait: async () => {},
    ...options,
  });
}

async function one(client, query, variables) {
  for await (const answer of client.iterate({ query, variables })) {
    return answer;
  }
}

// Queries, mutations, and a subscription that is told of the mutation.
async function everyday() {
  const app = client({ connectionParams: bearer(TOKEN) });
  const changes = app.iterate({ query: changed, variables: { announce: true } });
  const listening = (await changes.next()).value.data.appointmentChanged;
  const queried = await one(app, '{ __typename me { displayName } }');
  const invalid = await one(app, '{ nothing }').catch((errors) => errors[0].extensions.code);
  const booked = await one(app, book, { input: JSON.parse(BOOKING) });
  const told = (await changes.next()).value.data.appointmentChanged;
  await changes.return();
  const afterwards = await one(app, '{ __typename }');
  await app.dispose();
  return {
    listening: listening.kind,
    queried: queried.data.__typename,
    invalid,
    booked: booked.data.bookAppointment.appointment.id,
    told,
    since: listening.cursor,
    afterwards: afterwards.data.__typename,
  };
}

// The socket ends with its token, and the client comes back with a fresh one and its cursor.
async function comesBack(since) {
  const closes = [];
  const tokens = [SHORT, TOKEN];
  const app = client({
    connectionParams: () => bearer(tokens.shift()),
    on: { closed: ({ code }) => closes.push(code) },
  });
  const changes = app.iterate({ query: changed, variables: { after: since, announce: false } });
  const before = (await changes.next()).value.data.appointmentChanged;
  // The same subscription is sent again: it is told again of what it was sent with.
  const again = (await changes.next()).value.data.appointmentChanged;
  const codes = [...closes];
  await app.dispose();
  return { codes, before: before.kind, again: again.kind };
}

// A fresh token within the socket keeps it open beyond the end of the first.
async function refreshes() {
  const closes = [];
  let socket;
  let refreshed;
  const pong = new Promise((resolve) => (refreshed = resolve));
  const app = client({
    connectionParams: bearer(SHORT),
    lazy: false,
    on: {
      opened: (opened) => (socket = opened),
      connected: () =>
        socket.send(JSON.stringify({ type: 'ping', payload: bearer(TOKEN) })),
      pong: (received, payload) => received && refreshed(payload),
      closed: ({ code }) => closes.push(code),
    },
  });
  const { expiresAt } = await pong;
  const ending = client({ connectionParams: bearer(SHORT), retryAttempts: 0 });
  const ended = await new Promise((resolve) =>
    ending.subscribe(
      { query: changed, variables: { announce: false } },
      { next() {}, error: ({ code }) => resolve(code), complete: () => resolve('complete') },
    ),
  );
  const alive = await one(app, '{ __typename }');
  const codes = [...closes];
  await app.dispose();
  return { expiresAt, ended, alive: alive.data.__typename, codes };
}

// How often a client tries that is closed for what it did.
async function tries(options) {
  let connections = 0;
  const app = client({
    retryAttempts: 2,
    ...options,
    on: { ...options.on, connecting: () => (connections += 1) },
  });
  const code = await new Promise((resolve) =>
    app.subscribe(
      { query: changed, variables: { announce: false } },
      { next() {}, error: ({ code }) => resolve(code), complete: () => resolve('complete') },
    ),
  );
  await app.dispose();
  return { code, connections };
}

const first = await everyday();
// At once, while the short token lasts.
const [back, refreshed] = await Promise.all([comesBack(first.since), refreshes()]);
console.log(
  JSON.stringify({
    everyday: first,
    comesBack: back,
    refreshes: refreshed,
    refused: await tries({ connectionParams: bearer(`${TOKEN}x`) }),
    misspoken: await tries({
      connectionParams: bearer(TOKEN),
      on: { opened: (socket) => socket.send('{') },
    }),
  }),
);
