import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { historyText } from '../../src/cli/migrate-report.js';
import { MigrationError } from '../../src/migrator/migration-error.js';
import type { Migrator } from '../../src/migrator/orm-migrator.js';
import { LOG_TABLE } from '../../src/migrator/migration-log.js';
import { readMigrations } from '../../src/migrator/migration-file.js';
import { ADD_BRAND, ADD_COLOUR, addsColumn } from '../support/added-columns.js';
import { DATABASE, type TestDatabase } from '../support/database.js';
import { rowsOf, runSql, stateOf } from '../support/database-state.js';
import { useDatabases } from '../support/filled-database.js';
import { MigrationProject } from '../support/migration-project.js';
import { clientOf } from '../support/service.js';

const databases = useDatabases();
let project: MigrationProject;
let own: string[];
let database: TestDatabase;

beforeEach(async () => {
  project = MigrationProject.create();
  own = project.names;
  project.write(ADD_BRAND, addsColumn('brand'));
  project.write(ADD_COLOUR, addsColumn('colour'));
  database = await databases.filled();
});
afterEach(() => project.remove());

const migrate = (...args: string[]) => project.catalog(database, ['migrate', ...args], { MIGRATION_BACKUPS: '0' });

/** The same work without a process of its own, which costs a hundred times as much. */
const inProcess = <T>(work: (migrator: Migrator) => Promise<T>) =>
  project.withMigrator(database, work, { MIGRATION_BACKUPS: '0' });

/** The history for machines. */
const history = async (): Promise<Record<string, unknown>[]> =>
  JSON.parse(historyText(await inProcess(({ migrations }) => migrations.history()), true));

const upTo = (target: string) => inProcess(({ migrations }) => migrations.up(target));
const stamp = (target: string) => inProcess(({ migrations }) => migrations.stamp(target));

/** What going up and down says, where it must not happen. */
async function expectRefusal(...problems: string[]): Promise<void> {
  const before = await stateOf(database);
  const message = [
    'The migrations and the database disagree; nothing was changed:',
    ...problems.map((problem) => `  ${problem}`),
    'Bring back the files that were applied. Where the database is right as it is, `catalog migrate stamp` notes so.',
  ].join('\n');
  await expect(upTo('head')).rejects.toThrow(new MigrationError(message));
  await expect(inProcess(({ migrations }) => migrations.down())).rejects.toThrow(new MigrationError(message));
  expect(await stateOf(database)).toEqual(before);
}

describe('current', () => {
  test('tells the newest that is applied, and what is pending', async () => {
    const newest = own.at(-1);
    const pending = `2 pending: ${ADD_BRAND}, ${ADD_COLOUR}\n`;
    expect(await migrate('current')).toEqual({ code: 0, out: `${newest}\n`, err: pending });
    expect(await migrate('current', '--check')).toEqual({ code: 1, out: `${newest}\n`, err: pending });
    await upTo('head');
    expect(await migrate('current', '--check')).toEqual({ code: 0, out: `${ADD_COLOUR}\n`, err: '' });
  });

  test('tells an empty database, and makes nothing in it', async () => {
    database = await databases.empty();
    const { code, out } = await migrate('current', '--check');
    expect({ code, out }).toEqual({ code: 1, out: 'base\n' });
    expect(await stateOf(database)).toMatchObject({ rows: {}, hasLog: false });
  });
});

describe('history', () => {
  test('lists what is applied and what is pending, for people', async () => {
    await upTo('add-brand');
    const { code, out, err } = await migrate('history');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    // oxlint-disable-next-line no-control-regex -- no escape where nobody looks
    expect(out).not.toMatch(/\u001B/);
    const lines = out.trimEnd().split('\n');
    expect(lines).toHaveLength(own.length + 3);
    expect(lines[0]).toMatch(/^ {3}MIGRATION +APPLIED +TOOK +CHECKSUM$/);
    expect(lines[1]).toMatch(
      new RegExp(`^\\*  ${own[0]} +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  \\d.*  [0-9a-f]{12}$`),
    );
    expect(lines.at(-2)).toMatch(new RegExp(`^\\*  ${ADD_BRAND} .* [0-9a-f]{12}  <- current$`));
    expect(lines.at(-1)).toMatch(new RegExp(`^-  ${ADD_COLOUR} +pending +[0-9a-f]{12}  <- head$`));
    expect(new Set(lines.map((line) => line.trimEnd().length === line.length))).toEqual(new Set([true]));
  });

  test('is the same for machines', async () => {
    await upTo('add-brand');
    const { code, err, out } = await migrate('history', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const entries = await history();
    expect(JSON.parse(out)).toEqual(entries);
    expect(entries.map(({ name }) => name)).toEqual([...own, ADD_BRAND, ADD_COLOUR]);
    const checksum = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(entries.at(-2)).toEqual({
      name: ADD_BRAND,
      state: 'applied',
      appliedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      milliseconds: expect.any(Number),
      checksum,
      appliedChecksum: entries.at(-2)?.checksum,
      isCurrent: true,
      isHead: false,
      problem: null,
    });
    expect(Math.abs(Date.now() - Date.parse(String(entries.at(-2)?.appliedAt)))).toBeLessThan(60_000);
    expect(entries.at(-1)).toEqual({
      name: ADD_COLOUR,
      state: 'pending',
      appliedAt: null,
      milliseconds: null,
      checksum,
      appliedChecksum: null,
      isCurrent: false,
      isHead: true,
      problem: null,
    });
  });

  test('of an empty database is all pending, and makes nothing in it', async () => {
    database = await databases.empty();
    const entries = JSON.parse((await migrate('history', '--json')).out) as Record<string, unknown>[];
    expect(entries.map(({ state }) => state)).toEqual([...own, ADD_BRAND, ADD_COLOUR].map(() => 'pending'));
    expect(await stateOf(database)).toMatchObject({ rows: {}, hasLog: false });
  });
});

describe('files and database that disagree', () => {
  beforeEach(() => upTo('head'));

  const problems = async () =>
    (await inProcess(({ migrations }) => migrations.history())).flatMap(({ name, problem }) =>
      problem ? [[name, problem]] : [],
    );

  test('a file that was edited after it was applied', async () => {
    project.write(ADD_BRAND, { ...addsColumn('brand'), down: ['select 1'] });
    await expectRefusal(`${ADD_BRAND} was edited after it was applied`);
    expect(await problems()).toEqual([[ADD_BRAND, 'edited']]);
    expect((await migrate('history')).out).toMatch(
      new RegExp(`^!  ${ADD_BRAND} .* <- was edited after it was applied$`, 'm'),
    );
    const before = await stateOf(database);
    expect(await migrate('stamp', 'head')).toEqual({
      code: 0,
      out: `Noted as applied: ${project.names.join(', ')}. Nothing was run.\n`,
      err: '',
    });
    expect(await problems()).toEqual([]);
    const { schema, rows } = await stateOf(database);
    expect({ schema, rows }).toEqual({ schema: before.schema, rows: before.rows });
    expect(await upTo('head')).toEqual([]);
    expect(await inProcess(({ migrations }) => migrations.down())).toEqual([ADD_COLOUR]);
  });

  test('what marks and comments of a file say may change', async () => {
    project.write(ADD_BRAND, { ...addsColumn('brand'), changes: ['products'] });
    expect(await problems()).toEqual([]);
  });

  test('a file that is missing', async () => {
    project.delete(ADD_BRAND);
    await expectRefusal(`${ADD_BRAND} was applied, but has no file here`);
    expect(await problems()).toEqual([[ADD_BRAND, 'missing']]);
    await stamp('head');
    expect(await problems()).toEqual([]);
    expect((await stateOf(database)).log.map(({ name }) => name)).toEqual([...own, ADD_COLOUR]);
  });

  test('a file that is older than the newest that was applied', async () => {
    const late = project.write('20990101000001-late', addsColumn('late'));
    const later = project.write('20990101000001-later', addsColumn('later'));
    await expectRefusal(
      `${late} is older than the newest that was applied, but was not applied itself`,
      `${later} is older than the newest that was applied, but was not applied itself`,
    );
    expect(await problems()).toEqual([
      [late, 'late'],
      [later, 'late'],
    ]);
    await runSql(database, 'alter table products add column late text null');
    await runSql(database, 'alter table products add column later text null');
    await stamp('head');
    expect(await problems()).toEqual([]);
    expect(await inProcess(({ migrations }) => migrations.down())).toEqual([ADD_COLOUR]);
  });

  test('stamp notes what is up to a target, and no others, and runs nothing', async () => {
    const { schema, rows } = await stateOf(database);
    expect(await stamp('add-brand')).toEqual([...own, ADD_BRAND]);
    expect((await stateOf(database)).log.map(({ name }) => name)).toEqual([...own, ADD_BRAND]);
    expect(await stamp('-1')).toEqual(own);
    expect((await stateOf(database)).log.map(({ name }) => name)).toEqual(own);
    expect(await migrate('stamp', 'base')).toEqual({
      code: 0,
      out: 'Noted as applied: none. Nothing was run.\n',
      err: '',
    });
    const stamped = await stateOf(database);
    expect(stamped).toMatchObject({ schema, rows, log: [], hasLog: true });
    await expect(stamp('nothing')).rejects.toThrow('There is no migration "nothing".');
    expect(await stateOf(database)).toEqual(stamped);
  });

  test('stamp keeps when those that stay were applied, and how long they took', async () => {
    const before = await history();
    await stamp('add-brand');
    const times = (entries: Record<string, unknown>[]) =>
      entries.slice(0, -1).map(({ appliedAt, milliseconds }) => [appliedAt, milliseconds]);
    expect(times(await history())).toEqual(times(before));
  });
});

test('the checksums of the sources are those of what they are built to', async () => {
  for (const kind of ['sqlite', 'postgresql'] as const) {
    const checksums = async (folder: string) =>
      (await readMigrations(folder, DATABASE)).map(({ name, checksum }) => [name, checksum]);
    expect(await checksums(`src/migrations/${kind}`)).toEqual(await checksums(`dist/src/migrations/${kind}`));
  }
});

describe('a log that MikroORM has made', () => {
  beforeEach(async () => {
    await upTo('add-brand');
    const [id, executedAt] =
      DATABASE === 'sqlite'
        ? ['integer not null primary key autoincrement', 'datetime null default current_timestamp']
        : ['serial primary key', 'timestamptz(6) default current_timestamp'];
    await runSql(
      database,
      [
        `drop table ${LOG_TABLE};`,
        `create table ${LOG_TABLE} (id ${id}, name ${DATABASE === 'sqlite' ? 'text' : 'varchar(255)'}, executed_at ${executedAt});`,
        ...[...own, `${ADD_BRAND}.ts`].map(
          (name) => `insert into ${LOG_TABLE} (name, executed_at) values ('${name}', '2026-01-02 03:04:05');`,
        ),
      ].join('\n'),
    );
  });

  test('is read as it is', async () => {
    const before = await rowsOf(database, `select * from ${LOG_TABLE} order by id`);
    const entries = await history();
    expect(entries.map(({ state }) => state)).toEqual([...own.map(() => 'applied'), 'applied', 'pending']);
    expect(entries.at(-2)).toMatchObject({ name: ADD_BRAND, milliseconds: null, appliedChecksum: null, problem: null });
    expect(await rowsOf(database, `select * from ${LOG_TABLE} order by id`)).toEqual(before);
  });

  test('is taken over by the next upgrade, with the checksums of the files', async () => {
    expect(await upTo('head')).toEqual([ADD_COLOUR]);
    for (const { checksum, appliedChecksum } of await history()) expect(appliedChecksum).toBe(checksum);
    project.write(ADD_BRAND, { ...addsColumn('brand'), down: ['select 1'] });
    await expectRefusal(`${ADD_BRAND} was edited after it was applied`);
  });

  test('is gone down from', async () => {
    expect(await inProcess(({ migrations }) => migrations.down())).toEqual([ADD_BRAND]);
    expect((await stateOf(database)).log.map(({ name }) => name)).toEqual(own);
    expect(await upTo('head')).toEqual([ADD_BRAND, ADD_COLOUR]);
  });
});

test('a service of an older release starts on a database that a newer one has upgraded', async () => {
  await upTo('head');
  project.delete(ADD_BRAND);
  project.delete(ADD_COLOUR);
  const service = project.startService(database, { MIGRATE_ON_START: 'true' });
  const [, url = ''] = await service.says(/"url":"([^"]+)"/);
  expect(await clientOf(url)('{ products { totalCount } }')).toMatchObject({
    data: { products: { totalCount: 194 } },
  });
  service.child.kill('SIGTERM');
  expect(await service.ended).toMatchObject({ code: 0 });
});
