// Makes types of the contract and of operations.graphql, compiles an app with them, and prints what
// came of it as JSON.
//
//   OUT  an empty folder, which holds afterwards:
//        gql/                          what codegen has made
//        gql/persisted-documents.json  the manifest of trusted documents

import { spawnSync } from 'node:child_process';
import { cpSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from '@graphql-codegen/cli';

const { OUT } = process.env;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// It looks for its presets from where it runs.
process.chdir(here('.'));
await generate({
  silent: true,
  schema: here('../../schema/schema.graphql'),
  documents: here('operations.graphql'),
  generates: {
    [join(OUT, 'gql/')]: {
      preset: 'client',
      presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: {
        enumsAsTypes: true,
        strictScalars: true,
        scalars: { ID: 'string', Date: 'string', DateTime: 'string', JSON: 'unknown' },
      },
    },
  },
});

const options = {
  compilerOptions: {
    target: 'ES2022',
    module: 'ESNext',
    moduleResolution: 'bundler',
    lib: ['ES2023', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  },
  files: ['app.ts'],
};
cpSync(here('codegen/app.ts'), join(OUT, 'app.ts'));
writeFileSync(join(OUT, 'tsconfig.json'), JSON.stringify(options));
symlinkSync(here('node_modules'), join(OUT, 'node_modules'));
const compiler = spawnSync(here('node_modules/.bin/tsc'), ['--project', OUT], { encoding: 'utf8' });

const manifest = join(OUT, 'gql/persisted-documents.json');
console.log(
  JSON.stringify({
    files: readdirSync(join(OUT, 'gql')).sort(),
    complaints: compiler.stdout,
    compiled: compiler.status === 0,
    documents: JSON.parse(readFileSync(manifest, 'utf8')),
  }),
);
