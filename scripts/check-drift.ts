import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { MikroORM } from '@mikro-orm/core';
import { readConfig } from '../src/config.js';
import { ormOptions } from '../src/database/orm.js';
import { DIAGRAM_FILE, withEntityDiagram } from './entity-diagram.js';
import { printCatalogSchema, SCHEMA_FILE } from './schema-file.js';

/** Says what no longer follows from the code: the printed schema, the diagram of the tables, and either database's migrations. */
async function main(): Promise<void> {
  const problems = [schemaDrift(), await diagramDrift(), await migrationDrift()];
  const found = problems.filter((problem) => problem !== undefined);
  for (const problem of found) console.error(problem);
  if (found.length > 0) process.exitCode = 1;
  else console.log('schema.graphql, the diagram of the tables and both migrations follow from the code.');
}

function schemaDrift(): string | undefined {
  if (readFileSync(SCHEMA_FILE, 'utf8') === printCatalogSchema()) return undefined;
  return `${SCHEMA_FILE} is not what the resolvers declare: run \`npm run schema\` and commit it.`;
}

async function diagramDrift(): Promise<string | undefined> {
  if (readFileSync(DIAGRAM_FILE, 'utf8') === (await withEntityDiagram())) return undefined;
  return `The diagram in ${DIAGRAM_FILE} is not what the entities describe: run \`npm run schema\` and commit it.`;
}

/** Compares what the code describes with the snapshots beside the migrations of both databases; needs neither. */
async function migrationDrift(): Promise<string | undefined> {
  const orm = await MikroORM.init({ ...ormOptions(readConfig({})), logger: () => undefined });
  const isBehind = await orm.migrator.checkSchema();
  await orm.close(true);
  return isBehind ? 'The migrations are behind the code: run `npm run catalog -- migrate create NAME`.' : undefined;
}

await main();
