// Asks by the hash of the document, as Apollo Client's persisted query link does, and prints what
// was sent and answered as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of the clinic's staff

import { createHash } from 'node:crypto';
import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Clinic } from './operations.mjs';

const { ATRIUM_URL, TOKEN } = process.env;

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

// How each request named its document.
const sent = [];
const recording = (url, options) => {
  const { query, extensions } = JSON.parse(options.body);
  const hash = extensions?.persistedQuery?.sha256Hash;
  sent.push([query && 'text', hash && 'hash'].filter(Boolean).join(' and '));
  return fetch(url, options);
};

const http = new HttpLink({
  uri: `${ATRIUM_URL}/graphql`,
  headers: { authorization: `Bearer ${TOKEN}` },
  fetch: recording,
});
const client = new ApolloClient({
  link: new PersistedQueryLink({ sha256 }).concat(http),
  cache: new InMemoryCache(),
});

const answers = [];
for (let time = 0; time < 2; time += 1) {
  const { data } = await client.query({ query: Clinic, fetchPolicy: 'network-only' });
  answers.push(data.clinic.id);
}
console.log(JSON.stringify({ sent, answers }));
