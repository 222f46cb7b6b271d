import { afterAll, describe, expect, test } from 'vitest';
import { MigrationError } from '../../src/migrator/migration-error.js';
import { ADD_BRAND, ADD_COLOUR, ADD_SIZE, addsColumn, writeThree } from '../support/added-columns.js';
import type { TestDatabase } from '../support/database.js';
import { type DatabaseState, stateOf } from '../support/database-state.js';
import { useDatabases } from '../support/filled-database.js';
import { MigrationProject } from '../support/migration-project.js';

const databases = useDatabases();
const project = MigrationProject.create();
/** The catalogue's own, which a filled database has seen. */
const OWN = project.names;
const NEWEST_OWN = OWN.at(-1) ?? '';
writeThree(project);
const ALL = project.names;

const failing = MigrationProject.create();
failing.write(ADD_BRAND, addsColumn('brand'));
failing.write(ADD_COLOUR, {
  up: ['alter table products add column colour text null', 'insert into nowhere values (1)'],
  down: ['alter table products drop column colour', 'insert into nowhere values (1)'],
});
failing.write(ADD_SIZE, addsColumn('size'));

afterAll(() => {
  project.remove();
  failing.remove();
});

const up = (database: TestDatabase, target?: string) =>
  project.withMigrator(database, ({ migrations }) => migrations.up(target));
const down = (database: TestDatabase, target?: string) =>
  project.withMigrator(database, ({ migrations }) => migrations.down(target));

/** A filled database that has seen the three, too. */
async function upgraded(): Promise<TestDatabase> {
  const database = await databases.filled();
  await up(database);
  return database;
}

/** What the log says is applied. */
const appliedTo = async (database: TestDatabase) => (await stateOf(database)).log.map(({ name }) => name);

const columnsIn = ({ schema }: DatabaseState) =>
  schema.flatMap(({ name }) => /^column products\.(brand|colour|size)$/.exec(name)?.[1] ?? []);

const COLUMNS = ['brand', 'colour', 'size'];
const FOURTH = ALL.length + 1;
const LIST = ALL.map((name) => `  ${name}`).join('\n');

describe('up', () => {
  test.each([
    [undefined, 3],
    ['head', 3],
    ['+3', 3],
    ['+2', 2],
    ['+0', 0],
    [ADD_COLOUR, 2],
    ['add-colour', 2],
    ['add-c', 2],
    ['20990101000002', 2],
    ['20990101000001-a', 1],
    [NEWEST_OWN, 0],
  ])('to %s applies %i', async (target, count) => {
    const database = await databases.filled();
    expect(await up(database, target)).toEqual(ALL.slice(OWN.length, OWN.length + count));
    expect(await appliedTo(database)).toEqual(ALL.slice(0, OWN.length + count));
    expect(columnsIn(await stateOf(database))).toEqual(COLUMNS.slice(0, count));
  });

  test.each([
    ['nothing', `There is no migration "nothing". There are:\n${LIST}`],
    ['', `There is no migration "". There are:\n${LIST}`],
    ['colour', `There is no migration "colour". There are:\n${LIST}`],
    ['HEAD', `There is no migration "HEAD". There are:\n${LIST}`],
    [
      'add-',
      `"add-" may be any of these migrations; say more of the name:\n  ${[ADD_BRAND, ADD_COLOUR, ADD_SIZE].join('\n  ')}`,
    ],
    [
      '2099',
      `"2099" may be any of these migrations; say more of the name:\n  ${[ADD_BRAND, ADD_COLOUR, ADD_SIZE].join('\n  ')}`,
    ],
    ['+4', 'There is no +4: there are 3 to apply.'],
    ['-99', `There is no -99: there are ${OWN.length} to revert.`],
    ['base', '"base" is behind what is applied already: go `down` to it.'],
    ['-1', '"-1" is behind what is applied already: go `down` to it.'],
  ])('to "%s" is refused, and changes nothing', async (target, message) => {
    const database = databases.untouched();
    const before = await stateOf(database);
    await expect(up(database, target)).rejects.toThrow(new MigrationError(message));
    expect(await stateOf(database)).toEqual(before);
  });
});

describe('down', () => {
  test.each([
    [undefined, 2],
    ['-1', 2],
    ['-2', 1],
    ['-3', 0],
    ['-0', 3],
    ['head', 3],
    [ADD_BRAND, 1],
    ['add-brand', 1],
    ['add-b', 1],
    ['20990101000001', 1],
    [NEWEST_OWN, 0],
  ])('to %s leaves %i', async (target, count) => {
    const database = await upgraded();
    expect(await down(database, target)).toEqual(ALL.slice(OWN.length + count).toReversed());
    expect(await appliedTo(database)).toEqual(ALL.slice(0, OWN.length + count));
    expect(columnsIn(await stateOf(database))).toEqual(COLUMNS.slice(0, count));
  });

  test('to base leaves nothing', async () => {
    const database = await upgraded();
    expect(await down(database, 'base')).toEqual(ALL.toReversed());
    const { schema, log, hasLog } = await stateOf(database);
    expect({ schema: schema.filter(({ name }) => !name.startsWith('extension')), log, hasLog }).toEqual({
      schema: [],
      log: [],
      hasLog: true,
    });
  });

  test.each([
    ['nothing', `There is no migration "nothing". There are:\n${LIST}`],
    [
      'add',
      `"add" may be any of these migrations; say more of the name:\n  ${[ADD_BRAND, ADD_COLOUR, ADD_SIZE].join('\n  ')}`,
    ],
    [`-${FOURTH}`, `There is no -${FOURTH}: there are ${ALL.length} to revert.`],
    ['+1', 'There is no +1: there are 0 to apply.'],
  ])('to "%s" is refused, and changes nothing', async (target, message) => {
    const database = await upgraded();
    const before = await stateOf(database);
    await expect(down(database, target)).rejects.toThrow(new MigrationError(message));
    expect(await stateOf(database)).toEqual(before);
  });

  test.each(['head', '+1', 'add-brand'])('to %s, which is ahead, is refused', async (target) => {
    const database = databases.untouched();
    const before = await stateOf(database);
    await expect(down(database, target)).rejects.toThrow(
      new MigrationError(`"${target}" is ahead of what is applied: go \`up\` to it.`),
    );
    expect(await stateOf(database)).toEqual(before);
  });

  test('then up again, and the rows are the same', async () => {
    const database = await upgraded();
    const before = await stateOf(database);
    await down(database, '-3');
    await up(database);
    expect(await stateOf(database)).toEqual(before);
  });
});

describe('all or none', () => {
  test('of three, none is applied where the second fails', async () => {
    const database = await databases.filled();
    const before = await stateOf(database);
    await expect(failing.withMigrator(database, ({ migrations }) => migrations.up())).rejects.toThrow(
      new RegExp(
        `^The migration ${ADD_COLOUR} failed: .*nowhere.*\\.\\n` +
          'Nothing was changed\\. The statement was:\\n  insert into nowhere values \\(1\\)$',
      ),
    );
    expect(await stateOf(database)).toEqual(before);
  });

  test('of three, none is reverted where the second fails', async () => {
    const database = await databases.filled();
    await failing.withMigrator(database, ({ migrations }) => migrations.stamp('head'));
    for (const { up: statements } of [addsColumn('brand'), addsColumn('colour'), addsColumn('size')])
      await failing.withMigrator(database, ({ migrations }) =>
        migrations.withSession((session) => session.run(statements.join(';'))),
      );
    const before = await stateOf(database);
    await expect(failing.withMigrator(database, ({ migrations }) => migrations.down('-3'))).rejects.toThrow(
      `The migration ${ADD_COLOUR} failed: `,
    );
    expect(await stateOf(database)).toEqual(before);
  });

  test('goes as far as the target, short of one that would fail', async () => {
    const database = await databases.filled();
    expect(await failing.withMigrator(database, ({ migrations }) => migrations.up('+1'))).toEqual([ADD_BRAND]);
  });
});

describe('the catalog command', () => {
  test('tells what it did, and where the database is', async () => {
    const database = await databases.filled();
    const took = /\((\d+ ms|\d+\.\d s)\)/g;
    const run = async (...args: string[]) => {
      const { code, out, err } = await project.catalog(database, ['migrate', ...args], { MIGRATION_BACKUPS: '0' });
      return { code, err, out: out.replaceAll(took, '(…)') };
    };
    expect(await run('up', '+2')).toEqual({
      code: 0,
      err: '',
      out: `Applied ${ADD_BRAND} (…)\nApplied ${ADD_COLOUR} (…)\nThe database is at ${ADD_COLOUR}.\n`,
    });
    expect(await run('up', 'add-colour')).toEqual({
      code: 0,
      err: '',
      out: `Nothing to apply: the database is at ${ADD_COLOUR}.\n`,
    });
    expect(await run('down', '-1')).toEqual({
      code: 0,
      err: '',
      out: `Reverted ${ADD_COLOUR} (…)\nThe database is at ${ADD_BRAND}.\n`,
    });
    expect(await run('down')).toEqual({
      code: 0,
      err: '',
      out: `Reverted ${ADD_BRAND} (…)\nThe database is at ${NEWEST_OWN}.\n`,
    });
    expect(await run('up', '-1')).toEqual({
      code: 1,
      err: '"-1" is behind what is applied already: go `down` to it.\n',
      out: '',
    });
    expect(await run('up', 'nothing')).toEqual({
      code: 1,
      err: `There is no migration "nothing". There are:\n${LIST}\n`,
      out: '',
    });
  });

  test('tells a failure without a stack', async () => {
    const database = await databases.filled();
    const { code, out, err } = await failing.catalog(database, ['migrate', 'up'], { MIGRATION_BACKUPS: '0' });
    // Nor that the first was applied: it was taken back.
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`The migration ${ADD_COLOUR} failed: `);
    expect(err.trimEnd().split('\n')).toHaveLength(3);
  });
});

describe('the mikro-orm command', () => {
  /** What its commands call, with the options that they make of their arguments. */
  const mikroOrm = (database: TestDatabase, direction: 'up' | 'down', options?: object) =>
    project.withMigrator(database, async (migrator) => (await migrator[direction](options)).map(({ name }) => name));

  test.each([
    [undefined, 3],
    [{ to: 'head' }, 3],
    // Of `--to=0`, and it says "to the latest version".
    [{ to: 0 }, 3],
    [{ to: '+2' }, 2],
    [{ to: 'add-c' }, 2],
    [{ to: ADD_BRAND }, 1],
    [{ migrations: [ADD_BRAND] }, 1],
    // Twice is once, and not the next one too.
    [{ migrations: [ADD_BRAND, 'add-brand'] }, 1],
    [{ migrations: ['add-brand', 'add-colour'] }, 2],
    [{ migrations: ['add-colour', 'add-brand'] }, 2],
  ])('up with %j applies %i', async (options, count) => {
    const database = await databases.filled();
    expect(await mikroOrm(database, 'up', options)).toEqual(ALL.slice(OWN.length, OWN.length + count));
    expect(await appliedTo(database)).toEqual(ALL.slice(0, OWN.length + count));
  });

  test.each([
    [undefined, 2],
    [{ to: '-2' }, 1],
    [{ to: 'add-brand' }, 1],
    [{ to: NEWEST_OWN }, 0],
    [{ to: 0 }, -OWN.length],
    [{ to: 'base' }, -OWN.length],
    [{ migrations: [ADD_SIZE] }, 2],
    [{ migrations: ['add-colour', 'add-size'] }, 1],
  ])('down with %j leaves %i', async (options, count) => {
    const database = await upgraded();
    expect(await mikroOrm(database, 'down', options)).toEqual(ALL.slice(OWN.length + count).toReversed());
    expect(await appliedTo(database)).toEqual(ALL.slice(0, OWN.length + count));
  });

  const GAP = '--only must name the next ones: none may be missing in between.';
  const FROM = '--from and --schema are not supported: an upgrade begins where the database is.';
  test.each([
    ['up', { to: 'nothing' }, `There is no migration "nothing". There are:\n${LIST}`],
    ['up', { to: 'base' }, '"base" is behind what is applied already: go `down` to it.'],
    ['up', { migrations: [ADD_COLOUR] }, GAP],
    ['up', { migrations: ['add-brand', 'add-size'] }, GAP],
    ['up', { migrations: [NEWEST_OWN] }, GAP],
    ['up', { migrations: ['nothing'] }, `There is no migration "nothing". There are:\n${LIST}`],
    ['up', { from: ADD_BRAND }, FROM],
    ['up', { from: ADD_BRAND, to: ADD_COLOUR }, FROM],
    ['up', { schema: 'other' }, FROM],
    ['down', { to: '+1' }, '"+1" is ahead of what is applied: go `up` to it.'],
    ['down', { to: 'nothing' }, `There is no migration "nothing". There are:\n${LIST}`],
    ['down', { migrations: [ADD_BRAND] }, GAP],
    ['down', { from: NEWEST_OWN }, FROM],
  ] as const)('%s with %j is refused, and changes nothing', async (direction, options, message) => {
    const database = databases.untouched();
    const before = await stateOf(database);
    await expect(mikroOrm(database, direction, options)).rejects.toThrow(new MigrationError(message));
    expect(await stateOf(database)).toEqual(before);
  });

  test('hands its arguments on', async () => {
    const database = await databases.filled();
    const run = (...args: string[]) => project.mikroOrm(database, args);
    expect(await run('migration:up', '--to=+2')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Successfully migrated up to version +2'),
    });
    expect(await appliedTo(database)).toEqual([...OWN, ADD_BRAND, ADD_COLOUR]);
    const unknown = await run('migration:up', '--to=nothing');
    expect([unknown.code, unknown.out, unknown.err]).toEqual([
      1,
      '',
      expect.stringContaining('There is no migration "nothing". There are:'),
    ]);
    expect(await run('migration:up', `--only=${ADD_SIZE}`)).toMatchObject({ code: 0 });
    expect(await appliedTo(database)).toEqual(ALL);
    expect(await run('migration:down', '--to=add-b')).toMatchObject({ code: 0 });
    expect(await appliedTo(database)).toEqual([...OWN, ADD_BRAND]);
    expect((await run('migration:pending')).out).toMatch(/add-colour[^]*add-size/);
  });

  test.each([
    [['migration:log', '--name', ADD_BRAND], `Use \`catalog migrate stamp ${ADD_BRAND}\``],
    [
      ['migration:unlog', '--name', NEWEST_OWN],
      `Use \`catalog migrate stamp\` with the migration before ${NEWEST_OWN}`,
    ],
    [['migration:rollup'], 'Migrations are not combined'],
    [['migration:up', '--from', ADD_BRAND], FROM],
  ])('%j is refused, and changes nothing', async (args, message) => {
    const database = await databases.filled();
    const before = await stateOf(database);
    const { code, err } = await project.mikroOrm(database, args);
    expect([code, err]).toEqual([1, expect.stringContaining(message)]);
    expect(await stateOf(database)).toEqual(before);
  });
});

test('a migration that is applied and has no file is not gone down from', async () => {
  const other = MigrationProject.create();
  try {
    writeThree(other);
    const database = await upgraded();
    const before = await stateOf(database);
    other.delete(ADD_SIZE);
    const message =
      'The migrations and the database disagree; nothing was changed:\n' +
      `  ${ADD_SIZE} was applied, but has no file here\n` +
      'Bring back the files that were applied. Where the database is right as it is, `catalog migrate stamp` notes so.\n';
    expect(await other.catalog(database, ['migrate', 'down'])).toEqual({ code: 1, out: '', err: message });
    const { code, err } = await other.mikroOrm(database, ['migration:down']);
    expect([code, err]).toEqual([1, expect.stringContaining(`${ADD_SIZE} was applied, but has no file here`)]);
    expect(await stateOf(database)).toEqual(before);
  } finally {
    other.remove();
  }
});
