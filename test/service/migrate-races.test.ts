import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Client } from 'pg';
import Sqlite from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { ADD_BRAND, ADD_COLOUR, ADD_SIZE, writeThree } from '../support/added-columns.js';
import { DATABASE, type TestDatabase } from '../support/database.js';
import { objectsOf, stateOf } from '../support/database-state.js';
import { useDatabases } from '../support/filled-database.js';
import { MigrationProject } from '../support/migration-project.js';
import { clientOf } from '../support/service.js';

const databases = useDatabases();
const project = MigrationProject.create();
const OWN = project.names;
writeThree(project);
const ALL = project.names;
afterAll(() => project.remove());

const MIGRATORS = 3;
const WAITS = 'Another migrator is at work, or another process writes: waiting for it …\n';

/** The backups beside an SQLite file. */
function backupsOf({ url }: TestDatabase): string[] {
  const path = url.slice('sqlite:'.length);
  if (!existsSync(path)) return [];
  return readdirSync(dirname(path)).filter((file) => file.startsWith(basename(path)) && file.endsWith('.backup'));
}

/** Has several migrators at once; one applies these, the others find nothing to do. */
async function expectOneToMigrate(database: TestDatabase, applied: readonly string[]): Promise<void> {
  const ended = await Promise.all(
    Array.from({ length: MIGRATORS }, () => project.catalog(database, ['migrate', 'up'])),
  );
  for (const { code, err } of ended) {
    expect(code).toBe(0);
    // SQLite's may have waited in turn; which of them did is a matter of luck.
    expect(['', WAITS]).toContain(err);
  }
  const worked = ended.filter(({ out }) => out.includes('Applied'));
  expect(worked).toHaveLength(1);
  expect(worked[0]?.out.match(/^Applied \S+/gm)).toEqual(applied.map((name) => `Applied ${name}`));
  const idle = ended.filter((one) => one !== worked[0]);
  expect(idle.map(({ out }) => out)).toEqual(idle.map(() => `Nothing to apply: the database is at ${ALL.at(-1)}.\n`));
  expect((await stateOf(database)).log.map(({ name }) => name)).toEqual(ALL);
}

test('of several migrators at once on an empty database, one works', async () => {
  const database = await databases.empty();
  await expectOneToMigrate(database, ALL);
  if (DATABASE === 'sqlite') expect(backupsOf(database)).toEqual([]);
});

test('of several migrators at once on a filled database, one works, and makes one backup', async () => {
  const database = await databases.filled();
  const { rows } = await stateOf(database);
  await expectOneToMigrate(database, [ADD_BRAND, ADD_COLOUR, ADD_SIZE]);
  if (DATABASE === 'sqlite')
    expect(backupsOf(database)).toEqual([expect.stringContaining(`-before-${ADD_BRAND}.backup`)]);
  const after = await stateOf(database);
  expect(Object.keys(after.rows)).toEqual(Object.keys(rows));
  expect(after.rows.tags).toEqual(rows.tags);
});

test('of several services and a migrator that start at once, all come up', async () => {
  const database = await databases.filled();
  const services = [1, 2].map(() => project.startService(database, { MIGRATE_ON_START: 'true' }));
  const migrator = project.catalog(database, ['migrate', 'up']);
  for (const service of services) {
    const [, url = ''] = await service.says(/"url":"([^"]+)"/);
    expect(await clientOf(url)('{ products { totalCount } }')).toMatchObject({
      data: { products: { totalCount: 194 } },
    });
  }
  expect(await migrator).toMatchObject({ code: 0 });
  for (const { child } of services) child.kill('SIGTERM');
  for (const { ended } of services) expect(await ended).toMatchObject({ code: 0, err: '' });
  expect((await stateOf(database)).log.map(({ name }) => name)).toEqual(ALL);
});

/** Holds what a migrator needs, from a connection of another process's, until it is let go. */
async function hold({ url }: TestDatabase, statement: string): Promise<() => Promise<void>> {
  if (DATABASE === 'sqlite') {
    const file = new Sqlite(url.slice('sqlite:'.length));
    file.exec('begin immediate');
    return async () => void file.close();
  }
  const client = new Client(url);
  // The database is dropped under it where a test fails before it lets go.
  client.on('error', () => undefined);
  await client.connect();
  await client.query(`begin; ${statement}`);
  return () => client.end();
}

const MIGRATOR_LOCK = 'select pg_advisory_xact_lock(8214000)';

test('a migrator waits for another one, and says so', async () => {
  const database = await databases.filled();
  const letGo = await hold(database, MIGRATOR_LOCK);
  const migrator = project.startCatalog(database, ['migrate', 'up']);
  await migrator.says(/waiting for it/);
  await letGo();
  const { code, err, out } = await migrator.ended;
  expect([code, err]).toEqual([0, WAITS]);
  expect(out).toContain(`The database is at ${ADD_SIZE}.\n`);
});

test('a migrator that has waited for long gives up, and changes nothing', async () => {
  const database = await databases.filled();
  const before = await stateOf(database);
  const letGo = await hold(database, MIGRATOR_LOCK);
  const { code, err, out } = await project.catalog(database, ['migrate', 'up'], { MIGRATION_WAIT_SECONDS: '1' });
  const reason =
    DATABASE === 'sqlite'
      ? 'Another process has been writing to the database for 1 seconds. Nothing was changed.\n'
      : 'Another migrator has been at work for 1 seconds. Nothing was changed.\n';
  expect([code, err, out]).toEqual([1, `${WAITS}${reason}`, '']);
  await letGo();
  expect(await stateOf(database)).toEqual(before);
  if (DATABASE === 'sqlite') expect(backupsOf(database)).toEqual([]);
});

test.runIf(DATABASE === 'postgresql')('a table that others use for long is told, and nothing has changed', async () => {
  const database = await databases.filled();
  const before = await stateOf(database);
  const letGo = await hold(database, 'select * from products limit 1');
  const { code, err, out } = await project.catalog(database, ['migrate', 'up'], { MIGRATION_LOCK_SECONDS: '1' });
  expect([code, out, err]).toEqual([
    1,
    '',
    'A table has been in use by other transactions for 1 seconds. Nothing was changed: ' +
      'try again at a quieter time, or set MIGRATION_LOCK_SECONDS to wait longer.\n',
  ]);
  await letGo();
  expect(await stateOf(database)).toEqual(before);
  expect(await project.catalog(database, ['migrate', 'up'])).toMatchObject({ code: 0 });
  expect(await objectsOf(database)).toContain('column products.size');
});

test.runIf(DATABASE === 'postgresql')(
  'a server that limits the time of statements does not end a migration',
  async () => {
    const database = await databases.filled();
    project.write('20990101000004-slow', { up: ['select pg_sleep(0.5)'] });
    const limited = { ...database, url: `${database.url}?options=-c%20statement_timeout%3D200` };
    try {
      expect(await project.catalog(limited, ['migrate', 'up'])).toMatchObject({ code: 0, err: '' });
    } finally {
      project.delete('20990101000004-slow');
    }
  },
);

test.runIf(DATABASE === 'sqlite')('who reads meanwhile sees the old state until the new one is there', async () => {
  const database = await databases.filled();
  const reader = new Sqlite(database.url.slice('sqlite:'.length), { readonly: true });
  const hasBrand = () => reader.pragma('table_info(products)') as { name: string }[];
  reader.exec('begin');
  const names = hasBrand().map(({ name }) => name);
  expect(await project.withMigrator(database, ({ migrations }) => migrations.up())).toEqual([
    ADD_BRAND,
    ADD_COLOUR,
    ADD_SIZE,
  ]);
  expect(hasBrand().map(({ name }) => name)).toEqual(names);
  reader.exec('commit');
  expect(hasBrand().map(({ name }) => name)).toEqual([...names, 'brand', 'colour', 'size']);
  reader.close();
  expect((await stateOf(database)).log.slice(OWN.length).map(({ name }) => name)).toEqual([
    ADD_BRAND,
    ADD_COLOUR,
    ADD_SIZE,
  ]);
});
