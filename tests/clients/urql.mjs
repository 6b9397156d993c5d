// Drives a gateway by urql, as an app would, and prints what happened as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of the clinic's staff
//   BOOKING     the input of bookAppointment

import { Client, cacheExchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { Audit, Book, Changes, Visit } from './operations.mjs';

const { ATRIUM_URL, TOKEN, BOOKING } = process.env;

const url = `${ATRIUM_URL}/graphql`;
const headers = { authorization: `Bearer ${TOKEN}` };

const socket = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: () => headers,
});

const methods = [];
const client = new Client({
  url,
  preferGetMethod: true,
  fetchOptions: () => ({ headers }),
  fetch: (request, options) => {
    methods.push(options.method);
    return fetch(request, options);
  },
  exchanges: [
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: (request) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe(request, sink) }),
      }),
    }),
  ],
});

const told = [];
let waiting = () => {};
const changes = client.subscription(Changes, {}).subscribe(({ data, error }) => {
  told.push(data?.appointmentChanged ?? error);
  waiting();
});
async function toldOf(count) {
  while (told.length < count) await new Promise((resolve) => (waiting = resolve));
  return told[count - 1];
}

const listening = await toldOf(1);
const booked = await client.mutation(Book, { input: JSON.parse(BOOKING) });
const { id } = booked.data.bookAppointment.appointment;
const change = await toldOf(2);
const visit = await client.query(Visit, { id });
const forbidden = await client.query(Audit, {});
changes.unsubscribe();
await socket.dispose();

console.log(
  JSON.stringify({
    listening: listening.kind,
    booked: id,
    told: { kind: change.kind, appointmentId: change.appointmentId },
    visit: visit.data.appointment,
    forbidden: forbidden.error.graphQLErrors.map(({ extensions }) => extensions.code),
    methods,
  }),
);
