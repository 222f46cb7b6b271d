import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { createLog } from '../../src/log.js';
import { checkDrift } from '../../src/migrator/drift/check-drift.js';
import { schemaOf } from '../../src/migrator/drift/replay.js';
import { type Migrator, migratorOf } from '../../src/migrator/orm-migrator.js';
import { importSources } from '../../src/transfer/import.js';
import { openSource } from '../../src/transfer/source.js';
import { contentsOfDatabase } from '../support/contents.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { testConfig } from '../support/service.js';

let own: TestDatabase;
let database: Database;
let migrator: Migrator;
beforeAll(async () => {
  own = await createDatabase();
  database = await openDatabase(testConfig(own.url), createLog({ logLevel: 'silent' }));
  migrator = migratorOf(database.orm);
});
afterAll(async () => {
  await database.close();
  await own.drop();
});

type Contents = Record<string, Record<string, unknown>[]>;
const contents = async () => (await contentsOfDatabase(database)) as Contents;
/** By name: an import makes triggers anew, and so does a migration. */
const schema = async () =>
  (await migrator.migrations.withSession(schemaOf)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
const NO_DRIFT = { history: [], code: [], database: [], pending: [] };

/** Fills an empty database with the demo's catalogue and its users. */
async function fill(): Promise<void> {
  const source = await openSource('demo/catalogue.ndjson');
  const options = { format: 'ndjson', rate: '1', isStrict: true, isDryRun: false } as const;
  const { isKept } = await importSources(database, [source], options, { onRefused: () => undefined });
  expect(isKept).toBe(true);
}

/** The contents without the tables and columns that going down takes away. */
const without = (lost: readonly string[], tables: Contents): Contents =>
  Object.fromEntries(
    Object.entries(tables)
      .filter(([table]) => !lost.includes(table))
      .map(([table, rows]) => [
        table,
        rows.map((row) =>
          Object.fromEntries(Object.entries(row).filter(([column]) => !lost.includes(`${table}.${column}`))),
        ),
      ]),
  );

test('all migrations lead to the schema that the entities describe', async () => {
  expect(await checkDrift(migrator.migrations, migrator)).toEqual(NO_DRIFT);
});

test('each migration goes down and up again on a filled catalogue, with the same schema and the same rows', async () => {
  const { migrations } = migrator;
  const files = await migrations.read();
  await fill();
  for (const [index, migration] of files.toReversed().entries()) {
    const [rows, items] = [await contents(), await schema()];
    expect(rows.products).toHaveLength(194);
    const back = index + 1;
    expect(await migrations.down(`-${back}`)).toHaveLength(back);
    expect((await checkDrift(migrations, migrator)).database).toEqual([]);
    expect(await migrations.up()).toHaveLength(back);
    expect(await checkDrift(migrations, migrator)).toEqual(NO_DRIFT);
    expect(await schema()).toEqual(items);
    const lost = files.slice(-back).flatMap(({ marks }) => marks.loses?.down ?? []);
    expect(without(lost, await contents()), migration.name).toEqual(without(lost, rows));
    if (lost.includes('products')) break;
  }
  await expect(contents()).resolves.toMatchObject({ products: [], sessions: [] });
  await fill();
  expect((await contents()).products).toHaveLength(194);
});
