// Drives a gateway by Relay with what relay_compiler.mjs has made, as an app would, and prints what
// happened as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of the clinic's staff
//   OUT         the folder that relay_compiler.mjs has filled
//   BOOKING     the input of bookAppointment, for a patient with two earlier appointments
//   BY_ID       if set, documents are sent by their ids: the gateway must trust them

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import relay from 'relay-runtime';
import WebSocket from 'ws';

const {
  ConnectionHandler,
  Environment,
  Network,
  Observable,
  RecordSource,
  Store,
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getRequest,
  requestSubscription,
} = relay;

const { ATRIUM_URL, TOKEN, OUT, BOOKING, BY_ID } = process.env;

const url = `${ATRIUM_URL}/graphql`;
const headers = { authorization: `Bearer ${TOKEN}` };

const artefact = (name) =>
  createRequire(join(OUT, 'artefacts/'))(`./${name}.graphql.js`);
const documents = JSON.parse(readFileSync(join(OUT, 'documents.json'), 'utf8'));
const named = ({ id }) => (BY_ID ? { documentId: id } : { query: documents[id] });

const socket = createClient({
  url: url.replace('http', 'ws'),
  webSocketImpl: WebSocket,
  connectionParams: () => headers,
});

async function ask(request, variables) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ ...named(request), variables }),
  });
  return answer.json();
}

// graphql-ws wants a text in every message.
const listen = (request, variables) =>
  Observable.create((sink) => socket.subscribe({ query: '', ...named(request), variables }, sink));

const environment = new Environment({
  network: Network.create(ask, listen),
  store: new Store(new RecordSource()),
});

const told = [];
let waiting = () => {};
const changes = requestSubscription(environment, {
  subscription: artefact('dayChangesSubscription'),
  variables: {},
  onNext: ({ appointmentChanged }) => {
    told.push(appointmentChanged);
    waiting();
  },
  onError: (error) => {
    throw error;
  },
});
async function toldOf(count) {
  while (told.length < count) await new Promise((resolve) => (waiting = resolve));
  return told[count - 1];
}
const listening = await toldOf(1);

const input = JSON.parse(BOOKING);
const filter = { patientId: input.patientId };
const connection = ConnectionHandler.getConnectionID('client:root', 'dayList_appointments', {
  filter,
});
const records = environment.getStore().getSource();

// The ids of the list as the store holds it.
const list = () =>
  records.get(connection).edges.__refs.map((edge) => records.get(records.get(edge).node.__ref).id);

const query = artefact('dayQuery');
environment.retain(createOperationDescriptor(getRequest(query), { filter }));
await fetchQuery(environment, query, { filter }).toPromise();
const { endCursor } = records.get(records.get(connection).pageInfo.__ref);
const page = list();

// The mutation puts what it has booked at the end of the list.
const booked = await new Promise((resolve, reject) =>
  commitMutation(environment, {
    mutation: artefact('dayBookMutation'),
    variables: { input, connections: [connection] },
    onCompleted: ({ bookAppointment }) => resolve(bookAppointment.appointment.id),
    onError: reject,
  }),
);
const change = await toldOf(2);
const appended = list();

const next = { filter, first: 2, after: endCursor };
await fetchQuery(environment, artefact('dayListPaginationQuery'), next).toPromise();
const paged = list();

const again = { id: booked };
await fetchQuery(environment, artefact('dayRowRefetchQuery'), again).toPromise();
const { version, status, metadata } = records.get(booked);

changes.dispose();
await socket.dispose();
console.log(
  JSON.stringify({
    listening: listening.kind,
    booked,
    told: { kind: change.kind, appointmentId: change.appointmentId },
    page,
    appended,
    paged,
    refetched: { version, status, metadata },
  }),
);
