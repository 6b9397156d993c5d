// Drives a gateway by Apollo Client, as an app would, and prints what happened as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of clinic A's staff
//   EXPIRED     another of the same user, which has ended
//   NEIGHBOUR   the bearer token of clinic B's staff
//   THEIRS      an appointment of clinic B
//   BOOKING     the input of bookAppointment in clinic A

import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { Amend, Audit, Book, Changes, Clinic, Day, Me, Visit } from './operations.mjs';

const { ATRIUM_URL, TOKEN, EXPIRED, NEIGHBOUR, THEIRS, BOOKING } = process.env;

const uri = `${ATRIUM_URL}/graphql`;
const bearer = (token) => ({ authorization: `Bearer ${token}` });

function app(link) {
  return new ApolloClient({ link, cache: new InMemoryCache() });
}

// The fetch of the platform, which counts how often it was used.
function counted() {
  const counting = (...request) => {
    counting.requests += 1;
    return fetch(...request);
  };
  counting.requests = 0;
  return counting;
}

const codesOf = (error) =>
  CombinedGraphQLErrors.is(error) ? error.errors.map(({ extensions }) => extensions.code) : [];

// Subscriptions go by a socket, all else by HTTP.
async function everyday() {
  const socket = createClient({
    url: uri.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: async () => bearer(TOKEN),
  });
  const signed = new SetContextLink(async ({ headers }) => ({
    headers: { ...headers, ...bearer(TOKEN) },
  }));
  const http = counted();
  const client = app(
    ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      signed.concat(new HttpLink({ uri, fetch: http })),
    ),
  );

  const told = [];
  let waiting = () => {};
  const changes = client.subscribe({ query: Changes }).subscribe(({ data, error }) => {
    told.push(error ? codesOf(error) : data.appointmentChanged);
    waiting();
  });
  const toldOf = async (count) => {
    while (told.length < count) await new Promise((resolve) => (waiting = resolve));
    return told[count - 1];
  };

  const listening = await toldOf(1);
  const book = () => client.mutate({ mutation: Book, variables: { input: JSON.parse(BOOKING) } });
  const booked = (await book()).data.bookAppointment.appointment;
  const change = await toldOf(2);
  const taken = (await book()).data.bookAppointment;
  const variables = { id: booked.id };
  const visit = (await client.query({ query: Visit, variables })).data.appointment;

  // What a mutation answers is in the cache, by type and id, for every query that shows it.
  const { id, version } = booked;
  const input = { id, version, reason: 'A cough' };
  await client.mutate({ mutation: Amend, variables: { input } });
  await toldOf(3);
  const before = http.requests;
  const again = (await client.query({ query: Visit, variables })).data.appointment;
  const asked = http.requests - before;
  changes.unsubscribe();
  await socket.dispose();

  return {
    listening: listening.kind,
    booked: booked.id,
    told: { kind: change.kind, appointmentId: change.appointmentId },
    taken: { appointment: taken.appointment, errors: taken.errors },
    patient: visit.patient.id,
    cached: Object.keys(client.cache.extract()).filter((key) => key.endsWith(id)),
    reason: { before: visit.reason, after: again.reason, asked },
  };
}

// What an app's error link and its caller are told.
async function refused(token, options) {
  const linked = [];
  const onError = new ErrorLink(({ error }) => {
    linked.push(...codesOf(error));
  });
  const http = new HttpLink({ uri, headers: bearer(token) });
  const client = app(ApolloLink.from([onError, http]));
  const { data, error } = await client.query({ errorPolicy: 'all', ...options });
  return { linked, codes: codesOf(error), data };
}

// Three queries of one moment in one request.
async function batched() {
  const http = counted();
  const client = app(new BatchHttpLink({ uri, headers: bearer(TOKEN), fetch: http }));
  const queries = [
    { query: Me },
    { query: Clinic },
    { query: Day, variables: { first: 1 } },
  ];
  const answers = await Promise.all(queries.map((query) => client.query(query)));
  return { requests: http.requests, answers: answers.flatMap(({ data }) => Object.keys(data)) };
}

const theirs = { query: Visit, variables: { id: THEIRS } };
const owner = await refused(NEIGHBOUR, theirs);
console.log(
  JSON.stringify({
    everyday: await everyday(),
    forbidden: await refused(TOKEN, { query: Audit }),
    expired: await refused(EXPIRED, { query: Me }),
    notFound: await refused(TOKEN, theirs),
    owner: { codes: owner.codes, appointment: owner.data.appointment.id },
    batched: await batched(),
  }),
);
