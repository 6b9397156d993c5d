// Drives a gateway by graphql-request, as a script would, and prints what happened as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of the clinic's staff
//   BOOKING     the input of bookAppointment

import { ClientError, GraphQLClient } from 'graphql-request';
import { Audit, Book, Clinic, Me, Visit } from './operations.mjs';

const { ATRIUM_URL, TOKEN, BOOKING } = process.env;

const client = new GraphQLClient(`${ATRIUM_URL}/graphql`, {
  headers: () => ({ authorization: `Bearer ${TOKEN}` }),
});

async function refused(document) {
  try {
    return await client.request(document);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return error.response.errors.map(({ extensions }) => extensions.code);
  }
}

const input = JSON.parse(BOOKING);
const { bookAppointment } = await client.request(Book, { input });
const { id } = bookAppointment.appointment;
const { appointment } = await client.request(Visit, { id });
const batch = await client.batchRequests([
  { document: Me },
  { document: Clinic },
  { document: Visit, variables: { id } },
]);

console.log(
  JSON.stringify({
    booked: id,
    visit: appointment,
    forbidden: await refused(Audit),
    invalid: await refused('{ nothing }'),
    batch: batch.map(({ data }) => Object.keys(data)[0]),
  }),
);
