// Compares the schema that a gateway tells of itself with the contract, and prints as JSON what
// differs. Directives that the contract applies are not part of introspection.
//
//   ATRIUM_URL  the gateway, e.g. http://127.0.0.1:8000
//   TOKEN       the bearer token of whoever asks

import { readFileSync } from 'node:fs';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  isIntrospectionType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  printType,
} from 'graphql';
import { request } from 'graphql-request';

const { ATRIUM_URL, TOKEN } = process.env;

const contract = new URL('../../schema/schema.graphql', import.meta.url);
const introspection = await request({
  url: `${ATRIUM_URL}/graphql`,
  document: getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }),
  requestHeaders: { authorization: `Bearer ${TOKEN}` },
});

const isBuiltIn = (type) => isIntrospectionType(type) || isSpecifiedScalarType(type);

// The types of a schema as text, by their names.
function printed(schema) {
  const types = Object.values(lexicographicSortSchema(schema).getTypeMap());
  return new Map(
    types.filter((type) => !isBuiltIn(type)).map((type) => [type.name, printType(type)]),
  );
}

const told = printed(buildClientSchema(introspection));
const written = printed(buildSchema(readFileSync(contract, 'utf8')));
const names = new Set([...told.keys(), ...written.keys()]);
console.log(
  JSON.stringify({
    types: told.size,
    different: [...names].filter((name) => told.get(name) !== written.get(name)),
  }),
);
