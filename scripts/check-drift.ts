import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { MikroORM } from '@mikro-orm/core';
import { readConfig } from '../src/config.js';
import { ormOptions } from '../src/database/orm.js';
import { printCatalogSchema, SCHEMA_FILE } from './schema-file.js';

/** Says what no longer follows from the code: the printed schema, and either database's migrations. */
async function main(): Promise<void> {
  const problems = [
    await schemaDrift(),
    await migrationDrift('sqlite::memory:'),
    await migrationDrift('postgres://localhost/offline'),
  ];
  const found = problems.filter((problem) => problem !== undefined);
  for (const problem of found) console.error(problem);
  if (found.length > 0) process.exitCode = 1;
  else console.log('schema.graphql and both migrations follow from the code.');
}

async function schemaDrift(): Promise<string | undefined> {
  if (readFileSync(SCHEMA_FILE, 'utf8') === printCatalogSchema()) return undefined;
  return `${SCHEMA_FILE} is not what the resolvers declare: run \`npm run schema\` and commit it.`;
}

/** Compares the entities with the snapshot beside the migrations; needs no database. */
async function migrationDrift(url: string): Promise<string | undefined> {
  const orm = await MikroORM.init({ ...ormOptions(readConfig({ DATABASE_URL: url })), logger: () => undefined });
  const isBehind = await orm.migrator.checkSchema();
  await orm.close(true);
  const [kind] = url.split(':');
  return isBehind
    ? `The ${kind} migrations are behind the entities: run \`npx mikro-orm migration:create\` on it.`
    : undefined;
}

await main();
