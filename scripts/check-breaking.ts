import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { findBreakingChanges } from './breaking-changes.js';
import { packageVersion, RELEASED_SCHEMA_FILE, versionOf } from './released-schema.js';
import { SCHEMA_FILE } from './schema-file.js';

/** Fails where a client of the last release would break on the current API, unless a deprecation announced it. */
async function main(): Promise<void> {
  const [released, current] = [RELEASED_SCHEMA_FILE, SCHEMA_FILE].map((file) => readFileSync(file, 'utf8'));
  const problems = [
    ...wrongVersion(released ?? ''),
    ...(await findBreakingChanges(buildSchema(released ?? ''), buildSchema(current ?? ''))),
  ];
  if (problems.length === 0) return console.log('The API breaks no client of the last release.');
  for (const problem of problems) console.error(problem);
  console.error('Deprecate first, and take away in a release after that: see CONTRIBUTING.md, "Change the API".');
  process.exitCode = 1;
}

function wrongVersion(released: string): string[] {
  const [of, version] = [versionOf(released), packageVersion()];
  if (of === version) return [];
  return [`${RELEASED_SCHEMA_FILE} is of version ${of}, not ${version}: a release runs \`npm run schema:release\`.`];
}

await main();
