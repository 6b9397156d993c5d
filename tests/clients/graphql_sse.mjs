// Drives a gateway by graphql-sse, as an app would, and prints what happened as JSON.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of the clinic's staff
//   BOOKING     the input of bookAppointment

import { createClient } from 'graphql-sse';

const { ATRIUM_URL, TOKEN, BOOKING } = process.env;

const changed = `subscription ($announce: Boolean!) {
  appointmentChanged(announce: $announce) { kind appointmentId }
}`;
const book = `mutation ($input: BookAppointmentInput!) {
  bookAppointment(input: $input) { appointment { id } errors { code } }
}`;

const client = createClient({
  url: `${ATRIUM_URL}/graphql`,
  headers: { authorization: `Bearer ${TOKEN}` },
  retryAttempts: 0,
});

// Everything that is told of an operation that ends by itself.
async function all(query, variables) {
  const answers = [];
  for await (const answer of client.iterate({ query, variables })) {
    answers.push(answer);
  }
  return answers;
}

const changes = client.iterate({ query: changed, variables: { announce: true } });
const listening = (await changes.next()).value.data.appointmentChanged.kind;
const booked = await all(book, { input: JSON.parse(BOOKING) });
const told = (await changes.next()).value.data.appointmentChanged;
await changes.return();

console.log(
  JSON.stringify({
    listening,
    booked: booked.map((answer) => answer.data.bookAppointment.appointment.id),
    told,
    queried: (await all('{ __typename }')).map((answer) => answer.data.__typename),
    invalid: (await all('{ nothing }')).map((answer) => answer.errors[0].extensions.code),
  }),
);
