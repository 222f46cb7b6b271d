import { randomInt } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ADD_BRAND, ADD_COLOUR, ADD_SIZE, writeThree } from '../support/added-columns.js';
import { copyOf, DATABASE, type TestDatabase } from '../support/database.js';
import { type DatabaseState, rowsOf, runSql, stateOf } from '../support/database-state.js';
import { useDatabases } from '../support/filled-database.js';
import { MigrationProject } from '../support/migration-project.js';
import { start } from '../support/node-process.js';
import { rebuilt } from '../support/rebuilt-table.js';

const REBUILD = '20990101000001-rebuild';

const databases = useDatabases();
const project = MigrationProject.create();
const three = MigrationProject.create();
writeThree(three);
const NEWEST_OWN = project.names.at(-1) ?? '';

/** A database of many products, and what it holds before and after the upgrade. */
interface World {
  readonly database: TestDatabase;
  readonly before: DatabaseState;
  readonly after: DatabaseState;
}

/** Large enough to be interrupted. */
let large: World;
/** Large enough for several pages of everything. */
let small: World;

beforeAll(async () => {
  project.write(REBUILD, { up: await rebuildOf(databases.untouched()) });
  large = await createWorld(30_000);
  small = await createWorld(3000);
});
afterAll(async () => {
  project.remove();
  three.remove();
  await large.database.drop();
  await small.database.drop();
});

async function createWorld(products: number): Promise<World> {
  const database = await copyOf(databases.untouched());
  await multiplyProducts(database, products);
  const upgraded = await databases.twinOf(database);
  await up(upgraded);
  return { database, before: await stateOf(database), after: await stateOf(upgraded) };
}

const up = (database: TestDatabase) =>
  project.withMigrator(database, ({ migrations }) => migrations.up(), { MIGRATION_BACKUPS: '0' });

/** Makes many products out of one, different in their slugs. */
async function multiplyProducts(database: TestDatabase, products: number): Promise<void> {
  const [one = {}] = await rowsOf(database, 'select * from products limit 1');
  const columns = Object.keys(one).filter((name) => name !== 'id' && name !== 'slug');
  const isSqlite = DATABASE === 'sqlite';
  // Their events are not what is looked at here, and as many rows again.
  if (!isSqlite) await runSql(database, 'alter table products disable trigger products_event_insert');
  await runSql(
    database,
    `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${products})
     insert into products (slug, ${columns.join(', ')})
     select slug || '-' || i, ${columns.join(', ')} from n, (select * from products order by id limit 1) as one`,
  );
  if (!isSqlite) return runSql(database, 'alter table products enable trigger products_event_insert');
  await runSql(database, 'delete from events');
  return runSql(database, 'vacuum');
}

/** A change for which every row of the products is written anew. */
async function rebuildOf(database: TestDatabase): Promise<string[]> {
  return DATABASE === 'sqlite'
    ? rebuilt(database, 'products', (create) => create.replace('stock >= 0', 'stock >= -5'))
    : [
        'alter table products add column weight integer not null default 1',
        'alter table products alter column version type bigint',
        'select pg_sleep(1)',
        'alter table products drop constraint products_stock_check',
      ];
}

/** Makes sure that a database is wholly the old one or the new one, and that the next upgrade works. */
async function expectWhole(database: TestDatabase, { before, after }: World): Promise<'old' | 'new'> {
  const state = await stateOf(database);
  const isNew = state.log.length > before.log.length;
  expectSame(state, isNew ? after : before);
  expect(await up(database)).toEqual(isNew ? [] : [REBUILD]);
  if (!isNew) expectSame(await stateOf(database), after);
  return isNew ? 'new' : 'old';
}

/** Not by toEqual, which would take long to tell how so many rows differ. */
function expectSame({ rows, ...state }: DatabaseState, expected: DatabaseState): void {
  expect(state).toEqual({ ...expected, rows: undefined });
  expect(Object.keys(rows)).toEqual(Object.keys(expected.rows));
  for (const [table, content] of Object.entries(rows))
    expect([table, content.join('\n') === expected.rows[table]?.join('\n')]).toEqual([table, true]);
}

const pathOf = ({ url }: TestDatabase) => url.slice('sqlite:'.length);

/** The backups beside an SQLite file, oldest first. */
const backupsOf = (database: TestDatabase) =>
  readdirSync(dirname(pathOf(database)))
    .filter((file) => file.startsWith(`${basename(pathOf(database))}.`) && file.endsWith('.backup'))
    .toSorted()
    .map((file) => join(dirname(pathOf(database)), file));

const bytesOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Waits, for a bounded time, until something holds. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries += 1) {
    if (tries > 4000) throw new Error('It never came to hold.');
    await sleep(2);
  }
}

describe.runIf(DATABASE === 'sqlite')('a migrator that is killed', () => {
  test('after its backup was made', async () => {
    const database = await databases.twinOf(large.database);
    const migrator = project.startCatalog(database, ['migrate', 'up']);
    await migrator.says(/Backed up to/);
    migrator.child.kill('SIGKILL');
    await migrator.ended;
    expect(backupsOf(database)).toHaveLength(1);
    await expectWhole(database, large);
  });

  test('while it makes its backup', async () => {
    const database = await databases.twinOf(large.database);
    const migrator = project.startCatalog(database, ['migrate', 'up']);
    await until(() => backupsOf(database).some((path) => bytesOf(path) > 0));
    migrator.child.kill('SIGKILL');
    await migrator.ended;
    await expectWhole(database, large);
  });

  test('while it writes the new table', async () => {
    const database = await databases.twinOf(large.database);
    const migrator = project.startCatalog(database, ['migrate', 'up'], { MIGRATION_BACKUPS: '0' });
    await until(() => bytesOf(`${pathOf(database)}-wal`) > 2_000_000);
    migrator.child.kill('SIGKILL');
    await migrator.ended;
    await expectWhole(database, large);
  });

  test.each([1, 2])(
    'at any moment: %i',
    async () => {
      const database = await databases.twinOf(large.database);
      const migrator = project.startCatalog(database, ['migrate', 'up'], { MIGRATION_BACKUPS: '0' });
      await until(() => bytesOf(`${pathOf(database)}-shm`) > 0);
      await sleep(randomInt(700));
      migrator.child.kill('SIGKILL');
      await migrator.ended;
      await expectWhole(database, large);
    },
    60_000,
  );
});

describe.runIf(DATABASE === 'postgresql')('a migrator that ends', () => {
  const isAsleep = async (database: TestDatabase) =>
    (
      await rowsOf<{ pid: number }>(
        database,
        `select pid from pg_stat_activity where query like '%pg_sleep%' and state = 'active' and pid <> pg_backend_pid()
           and datname = current_database()`,
      )
    )[0]?.pid;

  test('because it is killed, changes nothing', async () => {
    const database = await databases.twinOf(large.database);
    const migrator = project.startCatalog(database, ['migrate', 'up']);
    await until(async () => (await isAsleep(database)) !== undefined);
    migrator.child.kill('SIGKILL');
    expect(await migrator.ended).toEqual({ code: null, out: '', err: '' });
    // The server notices at the end of the statement; the next one waits for it.
    expect(await expectWhole(database, large)).toBe('old');
  });

  test('because its connection does, changes nothing, and tells', async () => {
    const database = await databases.twinOf(large.database);
    const migrator = project.startCatalog(database, ['migrate', 'up']);
    let pid: number | undefined;
    await until(async () => (pid = await isAsleep(database)) !== undefined);
    await rowsOf(database, `select pg_terminate_backend(${pid})`);
    const { code, out, err } = await migrator.ended;
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(
      new RegExp(
        `^The migration ${REBUILD} failed: terminating connection due to administrator command\\.\\nNothing was changed\\.`,
      ),
    );
    expect(err).not.toMatch(/^ +at /m);
    expect(await expectWhole(database, large)).toBe('old');
  });

  test.each([1, 2])(
    'at any moment, leaves the old state or the new one: %i',
    async () => {
      const database = await databases.twinOf(large.database);
      const migrator = project.startCatalog(database, ['migrate', 'up']);
      await sleep(400 + randomInt(1500));
      migrator.child.kill('SIGKILL');
      await migrator.ended;
      await expectWhole(database, large);
    },
    60_000,
  );
});

describe.runIf(DATABASE === 'sqlite')('a full disk', () => {
  /** No file may grow beyond a size, which is to a database what a full disk is. */
  const upWithin = (database: TestDatabase, kilobytes: number, backups: string) =>
    start(
      'bash',
      [
        '--norc',
        '-c',
        `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$@"`,
        'bash',
        process.execPath,
        project.command,
        'migrate',
        'up',
      ],
      { DATABASE_URL: database.url, MIGRATION_BACKUPS: backups },
    ).ended;

  const kilobytes = (share: number) => Math.floor((bytesOf(pathOf(small.database)) / 1024) * share);

  test.each([0.05, 0.5, 0.95])(
    'for the backup, at %d of its size: nothing is changed, and no part of it is left',
    async (share) => {
      const database = await databases.twinOf(small.database);
      const { code, out, err } = await upWithin(database, kilobytes(share), '3');
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(
        new RegExp(
          `^No backup of ${pathOf(database)} can be written beside it: .+\\. Nothing was changed\\. ` +
            'Make room, or set MIGRATION_BACKUPS=0 to go without one\\.\\n$',
        ),
      );
      expect(backupsOf(database)).toEqual([]);
      expect(await expectWhole(database, small)).toBe('old');
    },
  );

  test('for the connection itself: it is told in one line', async () => {
    const database = await databases.twinOf(small.database);
    expect(await upWithin(database, 8, '0')).toEqual({
      code: 1,
      out: '',
      err: `The database ${pathOf(database)} can't be opened: disk I/O error.\n`,
    });
    expect(await expectWhole(database, small)).toBe('old');
  });

  test.each([0.05, 0.1, 0.5, 0.9, 1.1])('for the new table, at %d of the file: nothing is changed', async (share) => {
    const database = await databases.twinOf(small.database);
    const { code, out, err } = await upWithin(database, kilobytes(share), '0');
    if (code === 0) {
      // It had room enough.
      expect(share).toBeGreaterThan(0.5);
      return expect(await expectWhole(database, small)).toBe('new');
    }
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/Nothing was changed/);
    expect(err).not.toMatch(/^ +at /m);
    return expect(await expectWhole(database, small)).toBe('old');
  });
});

describe.runIf(DATABASE === 'sqlite')('backups', () => {
  const migrate = (database: TestDatabase, direction: 'up' | 'down', target: string, backups: string) =>
    three.withMigrator(database, ({ migrations }) => migrations[direction](target), { MIGRATION_BACKUPS: backups });

  const reasonsOf = (database: TestDatabase) =>
    backupsOf(database).map((path) => /\.\d{8}T\d{9}-before-(.+)\.backup$/.exec(path)?.[1]);

  test('are printed, and hold the state from before', async () => {
    const database = await databases.filled();
    const old = await stateOf(database);
    const { out } = await three.catalog(database, ['migrate', 'up']);
    const [path = ''] = backupsOf(database);
    expect(out.split('\n')[0]).toMatch(/^Backed up to (\S+) \(\d+\.\d MB\)$/);
    expect(out).toContain(`Backed up to ${path} (`);
    expect(path).toMatch(new RegExp(`^${pathOf(database)}\\.\\d{8}T\\d{9}-before-${ADD_BRAND}\\.backup$`));
    const backup = await stateOf({ url: `sqlite:${path}`, drop: async () => undefined });
    expect(backup).toEqual(old);
    expect(await stateOf(database)).not.toEqual(old);
  });

  test('hold what was committed to the write-ahead log, too', async () => {
    const database = await databases.filled();
    await three.withMigrator(database, async ({ migrations }) => {
      await migrations.withSession((session) => session.run(`update tags set name = 'last' where id = 1`));
      await migrations.up();
    });
    const [path = ''] = backupsOf(database);
    const backup = { url: `sqlite:${path}`, drop: async () => undefined };
    expect(await rowsOf(backup, 'select name from tags where id = 1')).toEqual([{ name: 'last' }]);
  });

  test('are made of what holds rows only', async () => {
    const database = await databases.empty();
    await migrate(database, 'up', 'head', '3');
    await migrate(database, 'down', '-1', '3');
    expect(backupsOf(database)).toEqual([]);
  });

  test('are made once for all that is applied at once, and not where nothing is', async () => {
    const database = await databases.filled();
    await migrate(database, 'up', '+0', '3');
    expect(backupsOf(database)).toEqual([]);
    await migrate(database, 'up', 'head', '3');
    await migrate(database, 'up', 'head', '3');
    expect(reasonsOf(database)).toEqual([ADD_BRAND]);
  });

  test('are kept as many as MIGRATION_BACKUPS says, the newest', async () => {
    const database = await databases.filled();
    await migrate(database, 'up', '+1', '2');
    await migrate(database, 'up', '+1', '2');
    expect(reasonsOf(database)).toEqual([ADD_BRAND, ADD_COLOUR]);
    await migrate(database, 'up', '+1', '2');
    expect(reasonsOf(database)).toEqual([ADD_COLOUR, ADD_SIZE]);
    await migrate(database, 'down', NEWEST_OWN, '1');
    expect(reasonsOf(database)).toEqual([ADD_SIZE]);
  });

  test('are not made where it says 0, and those that are there stay', async () => {
    const database = await databases.filled();
    await migrate(database, 'up', '+1', '3');
    await migrate(database, 'up', '+1', '0');
    expect(reasonsOf(database)).toEqual([ADD_BRAND]);
  });
});
