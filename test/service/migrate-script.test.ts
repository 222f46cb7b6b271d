import { spawnSync } from 'node:child_process';
import Sqlite from 'better-sqlite3';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namesOf } from '../../src/migrator/migrations.js';
import { scriptOf } from '../../src/migrator/script.js';
import { resolveTarget } from '../../src/migrator/target.js';
import { ADD_BRAND, ADD_COLOUR, ADD_SIZE, addsColumn } from '../support/added-columns.js';
import { DATABASE, type TestDatabase } from '../support/database.js';
import { stateOf } from '../support/database-state.js';
import { useDatabases } from '../support/filled-database.js';
import { MigrationProject } from '../support/migration-project.js';
import { start } from '../support/node-process.js';
import { testConfig } from '../support/service.js';

const databases = useDatabases();
const project = MigrationProject.create();
const OWN = project.names;
const NEWEST_OWN = OWN.at(-1) ?? '';
project.write(ADD_BRAND, {
  up: ['alter table products add column brand text null', "update products set brand = 'it''s; ours' where stock > 5"],
  down: ['alter table products drop column brand'],
  changes: ['products.brand'],
});
project.write(ADD_COLOUR, addsColumn('colour'));
project.write(ADD_SIZE, {
  up: ['create table sizes (id integer primary key, label text not null)', "insert into sizes values (1, 'small')"],
  down: ['drop table sizes'],
  loses: { down: ['sizes'] },
});
const ALL = project.names;
afterAll(() => project.remove());

/** Nobody needs a database to write a script. */
const NOWHERE = {
  url: DATABASE === 'sqlite' ? 'sqlite:/no/such/folder/x' : 'postgres://127.0.0.1:1/x',
} as TestDatabase;

const scripts = new Map<string, Promise<string>>();

/** A script, which is made once. */
function scriptFrom(from: string, to: string): Promise<string> {
  const key = `${from} ${to}`;
  const made = scripts.get(key) ?? makeScript(from, to);
  scripts.set(key, made);
  return made;
}

/** In this process, which takes less time than one of its own. */
const makeScript = (from: string, to: string): Promise<string> =>
  project.withMigrator(databases.untouched(), async ({ migrations }) => {
    const files = await migrations.read();
    const names = namesOf(files);
    const begin = resolveTarget(from, names, 0);
    return scriptOf(DATABASE, files, { from: begin, to: resolveTarget(to, names, begin) }, LOCK_SECONDS);
  });

const LOCK_SECONDS = testConfig('sqlite:x').migrations.lockSeconds;

async function printScript(options: readonly string[]): Promise<string> {
  const { code, out, err } = await project.catalog(NOWHERE, ['migrate', 'sql', ...options]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Runs a script by the driver, without the lines that only a command knows. */
async function runByDriver({ url }: TestDatabase, script: string): Promise<void> {
  const sql = script.replace(/^(\.bail|\\set) .*$/gm, '');
  if (DATABASE === 'sqlite') {
    const file = new Sqlite(url.slice('sqlite:'.length));
    try {
      file.exec(sql);
    } finally {
      file.close();
    }
    return;
  }
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

const COMMAND = DATABASE === 'sqlite' ? 'sqlite3' : 'psql';

/** Runs a script by the database's own command. */
const runByCommand = ({ url }: TestDatabase, script: string) =>
  start(
    COMMAND,
    DATABASE === 'sqlite' ? ['-init', '/dev/null', url.slice('sqlite:'.length)] : ['-X', '-q', url],
    // Not that the log is there already.
    { PGOPTIONS: '-c client_min_messages=warning' },
    script,
  ).ended;

/** Leads to a point by the migrator. */
const migrate = (database: TestDatabase, direction: 'up' | 'down', target: string) =>
  project.withMigrator(database, ({ migrations }) => migrations[direction](target), { MIGRATION_BACKUPS: '0' });

/** Where a script begins, and where it leads. */
const WAYS = [
  ['from what a filled database has to head', NEWEST_OWN, 'head'],
  ['from a point to another', 'add-brand', 'add-colour'],
  ['from a point by steps', 'add-brand', '+2'],
  ['down from head', 'head', NEWEST_OWN],
  ['down by steps', 'add-size', '-2'],
  ['all the way down', 'head', 'base'],
] as const;

/** A filled database at a point, and another one with the same in it. */
async function twinsAt(point: string): Promise<[TestDatabase, TestDatabase]> {
  const database = await databases.filled();
  await migrate(database, 'up', point);
  return [database, await databases.twinOf(database)];
}

/** Whether the command is there, and, for `sqlite3`, knows the full-text tables of this schema. */
const hasCommand =
  DATABASE === 'sqlite'
    ? spawnSync(COMMAND, [
        '-bail',
        ':memory:',
        "create virtual table t using fts5(t, content='', contentless_delete=1)",
      ]).status === 0
    : spawnSync('which', [COMMAND]).status === 0;

describe.each([
  ['the driver', runByDriver, true],
  [COMMAND, runByCommand, hasCommand],
] as const)('a script that %s runs', (_name, run, isThere) => {
  test.runIf(isThere).each(WAYS)('%s does what the migrator does', async (_way, from, to) => {
    const [database, twin] = await twinsAt(from);
    const direction = to.startsWith('-') || to === 'base' || to === NEWEST_OWN ? 'down' : 'up';
    await migrate(twin, direction, to);
    const ended = await run(database, await scriptFrom(from, to));
    if (ended) expect(ended).toMatchObject({ code: 0, err: '' });
    expect(await stateOf(database)).toEqual(await stateOf(twin));
  });

  test.runIf(isThere)('makes an empty database whole', async () => {
    const [database, twin] = [await databases.empty(), await databases.empty()];
    await migrate(twin, 'up', 'head');
    const ended = await run(database, await scriptFrom('base', 'head'));
    if (ended) expect(ended).toMatchObject({ code: 0, err: '' });
    const state = await stateOf(database);
    expect(state.log.map(({ name }) => name)).toEqual(ALL);
    expect(state).toEqual(await stateOf(twin));
  });

  test.runIf(isThere).each([
    ['one that is ahead', 'head', 'add-brand', ADD_BRAND],
    ['one that is behind', NEWEST_OWN, 'add-brand', ADD_BRAND],
    ['one that is not empty', NEWEST_OWN, 'base', 'base'],
  ])('changes nothing in a database at another point: %s', async (_which, at, from, begins) => {
    const database = await databases.filled();
    await migrate(database, 'up', at);
    const before = await stateOf(database);
    const message = `the database is not at ${begins}, where this script begins`;
    const script = await scriptFrom(from, 'head');
    if (run === runByDriver) await expect(run(database, script)).rejects.toThrow(message);
    else {
      const ended = await run(database, script);
      expect(ended?.code).not.toBe(0);
      expect(ended?.err).toContain(message);
    }
    expect(await stateOf(database)).toEqual(before);
  });

  test.runIf(isThere)('changes nothing where one of its statements fails, and runs none behind it', async () => {
    const database = await databases.filled();
    await migrate(database, 'up', 'add-brand');
    const before = await stateOf(database);
    const script = (await scriptFrom('add-brand', 'head')).replace(
      'create table sizes',
      'insert into nowhere values (1);\ncreate table sizes',
    );
    if (run === runByDriver) await expect(run(database, script)).rejects.toThrow('nowhere');
    else {
      const ended = await run(database, script);
      expect(ended?.code).not.toBe(0);
      expect(ended?.err).toContain('nowhere');
      expect(ended?.err).not.toContain('sizes');
    }
    expect(await stateOf(database)).toEqual(before);
  });
});

test.runIf(DATABASE === 'sqlite')(
  'a script that would leave a row naming another that is not there changes nothing',
  async () => {
    const database = await databases.filled();
    const before = await stateOf(database);
    const script = (await scriptFrom(NEWEST_OWN, 'head')).replace(
      'create table sizes',
      'delete from tags where id = (select tag_id from product_tags limit 1);\ncreate table sizes',
    );
    await expect(runByDriver(database, script)).rejects.toThrow(
      'there would be rows that name others which are not there',
    );
    expect(await stateOf(database)).toEqual(before);
  },
);

describe('what is printed', () => {
  let texts: Record<'sqlite' | 'postgresql', string>;
  beforeAll(async () => {
    const [sqlite, postgresql] = await Promise.all(
      ['sqlite', 'postgresql'].map((kind) => printScript(['--from', 'add-brand', '--to', 'head', '--database', kind])),
    );
    texts = { sqlite: sqlite ?? '', postgresql: postgresql ?? '' };
  });

  test('begins and ends a transaction, for either database', () => {
    expect(texts.sqlite).toMatch(
      /^-- up from \S+-add-brand to \S+-add-size\n\.bail on\n[^]*\nbegin immediate;\n[^]*\ncommit;\n/,
    );
    expect(texts.postgresql).toMatch(
      /^-- up from \S+-add-brand to \S+-add-size\n\\set ON_ERROR_STOP on\nbegin;\n[^]*\ncommit;\n$/,
    );
  });

  test.each(['sqlite', 'postgresql'] as const)('names each part, for %s', (kind) => {
    expect(texts[kind].match(/^-- up \d{14}-.*$/gm)).toEqual([`-- up ${ADD_COLOUR}`, `-- up ${ADD_SIZE}`]);
  });

  test('is that of DATABASE_URL where no database is named', async () => {
    expect(await printScript(['--from', 'add-brand', '--to', 'head'])).toBe(texts[DATABASE]);
    expect(await scriptFrom('add-brand', 'head')).toBe(texts[DATABASE]);
  });

  test('of no way at all is no change', async () => {
    const [database, twin] = await twinsAt('add-brand');
    await runByDriver(database, await makeScript('add-brand', '+0'));
    expect(await stateOf(database)).toEqual(await stateOf(twin));
  });

  test.each([
    [['--from', 'nothing'], 'There is no migration "nothing".'],
    [['--to', '2099'], '"2099" may be any of these migrations'],
    [['--from', 'head', '--to', '+1'], 'There is no +1: there are 0 to apply.'],
    [['--database', 'mysql'], 'Allowed choices are sqlite, postgresql.'],
  ])('%j is refused', async (options, message) => {
    const { code, out, err } = await project.catalog(NOWHERE, ['migrate', 'sql', ...options]);
    expect([code, out, err]).toEqual([1, '', expect.stringContaining(message)]);
  });
});

test('show prints the statements of a migration, for both databases', async () => {
  const { code, out, err } = await project.catalog(databases.untouched(), ['migrate', 'show', 'add-size']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const part = (kind: string) => [
    `-- ${kind}`,
    expect.stringMatching(new RegExp(`^-- ${ADD_SIZE}, [0-9a-f]{12}$`)),
    '-- up',
    'create table sizes (id integer primary key, label text not null)',
    "insert into sizes values (1, 'small')",
    '-- down; takes away what is in sizes',
    'drop table sizes',
    '',
  ];
  expect(out.split('\n')).toEqual([...part('sqlite'), ...part('postgresql'), '']);
});

test('show tells a migration that is not there', async () => {
  const { code, out, err } = await project.catalog(databases.untouched(), ['migrate', 'show', 'nothing']);
  expect([code, out, err]).toEqual([1, '', expect.stringContaining('There is no migration "nothing".')]);
  const base = await project.catalog(databases.untouched(), ['migrate', 'show', 'base']);
  expect(base).toEqual({ code: 1, out: '', err: 'There is no migration at base: it is where none is applied.\n' });
});
