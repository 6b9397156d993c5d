// The documents of operations.graphql by the names of their operations.

import { readFileSync } from 'node:fs';
import { parse, separateOperations } from 'graphql';

const document = parse(readFileSync(new URL('operations.graphql', import.meta.url), 'utf8'));

export const { Visit, Day, Me, Clinic, Audit, Book, Amend, Changes } =
  separateOperations(document);
