import { glob, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import type { GraphQLSchema } from 'graphql';
import { unitOfWork } from '../database/unit-of-work.js';
import { BadUserInputError } from '../errors.js';
import { type BuiltOperation, problemsOf, readOperations } from '../operation/manifest.js';
import { addOperations, listOperations, removeOperations } from '../operation/operation.writes.js';
import { buildCatalogSchema } from '../schema.js';
import { withDatabase } from './with-database.js';

/** `catalog operations`: what a front end's build asks for; with OPERATIONS=registered, nothing else is answered. */
export const operationsCommand = new Command('operations')
  .description('Registers the operations of a front end, so that it may ask for them by their ids.')
  .addCommand(
    new Command('add')
      .description("Registers what is in files: Apollo's or Relay's manifest (.json) or documents (.graphql, .gql).")
      .argument('<paths...>', 'files, or folders of them')
      .action(add),
  )
  .addCommand(new Command('list').description('Lists all of them: id and name.').action(list))
  .addCommand(
    new Command('remove')
      .description('Removes some; processes that run learn of it within seconds.')
      .argument('<ids...>')
      .action(remove),
  );

async function add(paths: string[]): Promise<void> {
  const schema = buildCatalogSchema();
  const operations: BuiltOperation[] = [];
  for (const path of paths) {
    for (const file of await filesIn(path)) {
      const found = readOperations(file, await readFile(file, 'utf8'));
      for (const operation of found) assertValid(schema, file, operation);
      operations.push(...found);
    }
  }
  await withDatabase((database) => unitOfWork(database, (em) => addOperations(em, operations)));
  console.log(`${count(operations.length)} registered.`);
}

async function filesIn(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const files: string[] = [];
  for await (const file of glob('**/*.{json,graphql,gql}', { cwd: path })) files.push(file);
  return files.sort().map((file) => join(path, file));
}

function assertValid(schema: GraphQLSchema, path: string, operation: BuiltOperation): void {
  const problems = problemsOf(schema, operation);
  if (problems.length === 0) return;
  throw new BadUserInputError([
    { path, message: `has ${operation.name ?? operation.id}, which is not valid: ${problems.join(' ')}` },
  ]);
}

function list(): Promise<void> {
  return withDatabase(async (database) => {
    const operations = await listOperations(database.fork());
    for (const { id, name } of operations) console.log(`${id}  ${name ?? ''}`.trimEnd());
    if (operations.length === 0)
      console.error('There are no operations yet: register some with `catalog operations add`.');
  });
}

function remove(ids: string[]): Promise<void> {
  return withDatabase(async (database) => {
    const removed = await unitOfWork(database, (em) => removeOperations(em, ids));
    console.log(`${count(removed.length)} removed.`);
    const missing = ids.filter((id) => !removed.includes(id));
    if (missing.length === 0) return;
    console.error(`Not registered: ${missing.join(', ')}`);
    process.exitCode = 1;
  });
}

const count = (number: number) => `${number} ${number === 1 ? 'operation' : 'operations'}`;
