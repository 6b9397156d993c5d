// What an app does with the types that codegen makes. It is compiled and never run.

import type { ApolloClient } from '@apollo/client';
import { GraphQLClient } from 'graphql-request';

import { useFragment } from './gql/index.js';
import {
  BookDocument,
  ChangesDocument,
  SlotFragmentDoc,
  VisitDocument,
  type BookAppointmentInput,
} from './gql/graphql.js';

export async function visit(client: GraphQLClient, id: string): Promise<string> {
  const { appointment } = await client.request(VisitDocument, { id });
  const slot = useFragment(SlotFragmentDoc, appointment);
  const startsAt: string | null | undefined = slot?.startsAt;
  // What a caller may be refused is nullable.
  const name: string | null | undefined = appointment?.patient?.firstName;
  // @ts-expect-error: not selected.
  void appointment?.notes;
  // @ts-expect-error: the id is needed.
  void client.request(VisitDocument, {});
  return `${startsAt ?? ''} ${name ?? ''}`;
}

export async function book(client: ApolloClient, input: BookAppointmentInput): Promise<boolean> {
  const { data } = await client.mutate({ mutation: BookDocument, variables: { input } });
  const codes = data?.bookAppointment?.errors.map(({ code }) => code) ?? [];
  // @ts-expect-error: no such code.
  void codes.includes('NO_SUCH_CODE');
  // @ts-expect-error: a booking needs a patient.
  void client.mutate({ mutation: BookDocument, variables: { input: { providerId: 'p' } } });
  return !codes.includes('SLOT_TAKEN');
}

export function listen(client: ApolloClient, told: (id: string) => void): void {
  client.subscribe({ query: ChangesDocument }).subscribe(({ data }) => {
    const id = data?.appointmentChanged.appointmentId;
    if (id) told(id);
  });
}
