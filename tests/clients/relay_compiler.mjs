// Compiles the documents of relay/ against the contract, and prints what came of it as JSON.
//
//   OUT  an empty folder, which holds afterwards:
//        artefacts/          what the app imports
//        documents.json      the manifest of trusted documents

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { OUT } = process.env;

const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');
const config = {
  src: './src',
  schema: './schema.graphql',
  language: 'javascript',
  artifactDirectory: './artefacts',
  eagerEsModules: false,
  requireCustomScalarTypes: true,
  customScalarTypes: { Date: 'string', DateTime: 'string', JSON: 'unknown' },
  persistConfig: { file: './documents.json', algorithm: 'SHA256' },
};

const here = (path) => new URL(path, import.meta.url);
cpSync(here('relay'), join(OUT, 'src'), { recursive: true });
cpSync(here('../../schema/schema.graphql'), join(OUT, 'schema.graphql'));
mkdirSync(join(OUT, 'artefacts'));
writeFileSync(join(OUT, 'documents.json'), '{}');
writeFileSync(join(OUT, 'relay.config.json'), JSON.stringify(config));
// What it says of its work goes to the standard error: the standard output is for the JSON.
execFileSync(process.execPath, [compiler, 'relay.config.json'], {
  cwd: OUT,
  stdio: ['ignore', process.stderr, process.stderr],
});

console.log(
  JSON.stringify({
    artefacts: readdirSync(join(OUT, 'artefacts')).sort(),
    documents: JSON.parse(readFileSync(join(OUT, 'documents.json'), 'utf8')),
  }),
);
