// What a Relay app writes in its components: here only the documents of a screen for one day.

import { graphql } from 'relay-runtime';

// A row, which can be asked for anew by its id.
export const row = graphql`
  fragment dayRow on Appointment @refetchable(queryName: "dayRowRefetchQuery") {
    version
    status
    startsAt
    reason
    metadata
    patient {
      firstName
      birthDate
    }
  }
`;

// The list, which grows page by page.
export const list = graphql`
  fragment dayList on Query
  @refetchable(queryName: "dayListPaginationQuery")
  @argumentDefinitions(
    filter: { type: "AppointmentFilterInput" }
    first: { type: "Int", defaultValue: 2 }
    after: { type: "String" }
  ) {
    appointments(filter: $filter, first: $first, after: $after)
      @connection(key: "dayList_appointments") {
      edges {
        node {
          id
          ...dayRow
        }
      }
      totalCount
    }
  }
`;

export const screen = graphql`
  query dayQuery($filter: AppointmentFilterInput) {
    ...dayList @arguments(filter: $filter)
  }
`;

export const book = graphql`
  mutation dayBookMutation($input: BookAppointmentInput!, $connections: [ID!]!) {
    bookAppointment(input: $input) {
      appointment @appendNode(connections: $connections, edgeTypeName: "AppointmentEdge") {
        id
        ...dayRow
      }
      errors {
        code
      }
    }
  }
`;

export const changes = graphql`
  subscription dayChangesSubscription {
    appointmentChanged(announce: true) {
      kind
      appointmentId
      appointment {
        ...dayRow
      }
    }
  }
`;
