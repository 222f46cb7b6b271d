import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MigrationError } from '../../src/migrator/migration-error.js';
import type { UpgradeListener } from '../../src/migrator/upgrade.js';
import { DATABASE, type TestDatabase } from '../support/database.js';
import { rowsOf, runSql, stateOf } from '../support/database-state.js';
import { useDatabases } from '../support/filled-database.js';
import { type MigrationDraft, MigrationProject } from '../support/migration-project.js';
import { rebuilt } from '../support/rebuilt-table.js';

const NAME = '20990101000001-by-hand';
const NEXT = '20990101000002-next';

/** SQLite drops no column that a trigger names. */
const DROP_DESCRIPTION = [
  ...['insert', 'update', 'delete'].map((operation) => `drop trigger products_event_${operation}`),
  'alter table products drop column description',
];

const databases = useDatabases();
let project: MigrationProject;
let database: TestDatabase;

beforeEach(async () => {
  project = MigrationProject.create();
  database = await databases.filled();
});
afterEach(() => project.remove());

const up = (draft: MigrationDraft, listener?: UpgradeListener) => {
  project.write(NAME, draft);
  return project.withMigrator(database, ({ migrations }) => migrations.up('head', listener));
};
const down = (listener?: UpgradeListener) =>
  project.withMigrator(database, ({ migrations }) => migrations.down('-1', listener));

/** Goes up, and hands back what the marks of the migration say that it took away. */
async function lossesOfUp(draft: MigrationDraft): Promise<string[]> {
  const told: string[] = [];
  expect(await up(draft, { onLoss: (name, losses) => told.push(...losses.map((loss) => `${name}: ${loss}`)) })).toEqual(
    [NAME],
  );
  return told.map((text) => text.replace(`${NAME}: `, ''));
}

/** Goes up, which must be refused with a message, and nothing may have changed. */
async function expectRefusal(draft: MigrationDraft, message: string): Promise<void> {
  const before = await stateOf(database);
  await expect(up(draft)).rejects.toThrow(new MigrationError(message));
  expect(await stateOf(database)).toEqual(before);
}

const unmarked = (...changes: string[]) =>
  [
    `The migration ${NAME} would have changed rows that it does not say it changes:`,
    ...changes.map((change) => `  ${change}`),
    'Nothing was changed. Mend it, or mark in its file what it loses (`loses`) or changes (`changes`) on purpose.',
  ].join('\n');

const dangling = (...rows: string[]) =>
  [
    `The migration ${NAME} would have left rows that name others which are not there:`,
    ...rows.map((row) => `  ${row}`),
    'Nothing was changed.',
  ].join('\n');

const count = async (query: string): Promise<number> =>
  Number((await rowsOf<{ n: number | string }>(database, `select count(*) as n from ${query}`))[0]?.n);

describe.runIf(DATABASE === 'sqlite')('what SQLite would lose', () => {
  test('rows that are deleted', async () => {
    const products = await count('products');
    const cheap = await count('products where stock < 10');
    expect(cheap).toBeGreaterThan(0);
    const links = await count('product_tags where product_id in (select id from products where stock < 10)');
    await expectRefusal(
      {
        up: [
          'delete from product_tags where product_id in (select id from products where stock < 10)',
          'delete from products where stock < 10',
        ],
      },
      unmarked(
        `product_tags: 364 rows before, ${364 - links} after`,
        `products: ${products} rows before, ${products - cheap} after`,
      ),
    );
  });

  test('one row that is deleted', async () => {
    await expectRefusal(
      {
        up: [
          "insert into tags (created_at, updated_at, name, name_key, slug) values (0, 0, 'X', 'x', 'x')",
          "delete from tags where slug = 'x'",
          'delete from users where id = (select max(id) from users)',
        ],
      },
      unmarked('users: 208 rows before, 207 after'),
    );
  });

  test('rows that are inserted', async () => {
    await expectRefusal(
      { up: ["insert into tags (created_at, updated_at, name, name_key, slug) values (0, 0, 'X', 'x', 'x')"] },
      unmarked('tags: 138 rows before, 139 after'),
    );
  });

  test('values that are set to null', async () => {
    const described = await count('products where description is not null');
    await expectRefusal(
      { up: ['update products set description = null'] },
      unmarked(`products.description: ${described} values before, 0 after`),
    );
  });

  test('what a foreign key does, where somebody turns them on inside', async () => {
    // Within a transaction SQLite turns nothing on: the rows are left without what they name, and that is told.
    const links = await count('product_tags');
    await expectRefusal(
      { up: ['pragma foreign_keys = on', 'delete from tags'], changes: ['tags'] },
      dangling(`product_tags: ${links} to tags`),
    );
  });

  test('rows that a trigger deletes', async () => {
    await runSql(
      database,
      'create trigger tidy after delete on tags begin delete from product_tags where tag_id = old.id; end',
    );
    const links = await count('product_tags');
    await expectRefusal(
      { up: ['delete from tags'], changes: ['tags'] },
      unmarked(`product_tags: ${links} rows before, 0 after`),
    );
  });

  test('a table that is made anew without what names it', async () => {
    // What ON DELETE CASCADE and SET NULL would have done is done by hand, as if foreign keys had been on.
    const categorised = await count('products where category_id is not null');
    const links = await count('product_tags');
    await expectRefusal(
      { up: ['delete from product_tags', 'update products set category_id = null'] },
      unmarked(
        `product_tags: ${links} rows before, 0 after`,
        `products.category_id: ${categorised} values before, 0 after`,
      ),
    );
  });

  test('rows that name others which are not there', async () => {
    const categorised = await count('products where category_id is not null');
    await expectRefusal(
      { up: ['update products set category_id = 99999 where category_id is not null'] },
      dangling(`products: ${categorised} to categories`),
    );
  });

  test('a table', async () => {
    await expectRefusal({ up: ['drop table product_tags'] }, unmarked('product_tags: 364 rows'));
  });

  test('a column', async () => {
    const described = await count('products where description is not null');
    await expectRefusal({ up: DROP_DESCRIPTION }, unmarked(`products.description: ${described} values`));
  });

  test('what a later one of several does, with all that was before it', async () => {
    project.write(NEXT, { up: ['drop table product_tags'] });
    const before = await stateOf(database);
    await expect(up({ up: ['create table more (id integer primary key)'] })).rejects.toThrow(
      `The migration ${NEXT} would have changed rows that it does not say it changes:\n  product_tags: 364 rows\n`,
    );
    expect(await stateOf(database)).toEqual(before);
  });

  test('on the way down, too', async () => {
    const draft = { up: ['create table notes (id integer primary key)'], down: ['drop table notes'] };
    await up(draft);
    await runSql(database, 'insert into notes values (1), (2)');
    const before = await stateOf(database);
    await expect(down()).rejects.toThrow(new MigrationError(unmarked('notes: 2 rows')));
    expect(await stateOf(database)).toEqual(before);
    project.write(NAME, { ...draft, loses: { down: ['notes'] } });
    expect(await down()).toEqual([NAME]);
  });

  test('what was empty has nothing to lose', async () => {
    expect(await lossesOfUp({ up: ['drop table sessions'] })).toEqual([]);
  });

  test('rows that dangled before are no fault of the migration', async () => {
    await runSql(database, 'pragma foreign_keys = off; update products set category_id = 99999 where id = 1');
    expect(await lossesOfUp({ up: ['create table more (id integer primary key)'] })).toEqual([]);
    await expectNextRefused();
  });

  /** One more than there were is one too many. */
  async function expectNextRefused(): Promise<void> {
    project.write(NEXT, { up: ['update products set category_id = 99998 where id = 2'] });
    const before = await stateOf(database);
    await expect(project.withMigrator(database, ({ migrations }) => migrations.up())).rejects.toThrow(
      `The migration ${NEXT} would have left rows that name others which are not there:\n  products: 2 to categories\n`,
    );
    expect(await stateOf(database)).toEqual(before);
  }
});

describe.runIf(DATABASE === 'sqlite')('what a migration says that it does', () => {
  test('loses a table', async () => {
    expect(await lossesOfUp({ up: ['drop table product_tags'], loses: { up: ['product_tags'] } })).toEqual([
      'product_tags: 364 rows',
    ]);
  });

  test('loses a column', async () => {
    const described = await count('products where description is not null');
    const draft = { up: DROP_DESCRIPTION, loses: { up: ['products.description'] } };
    expect(await lossesOfUp(draft)).toEqual([`products.description: ${described} values`]);
  });

  test('loses on the way up only what it says of the way up', async () => {
    await expectRefusal(
      { up: ['drop table product_tags'], loses: { down: ['product_tags'] } },
      unmarked('product_tags: 364 rows'),
    );
  });

  test('changes rows', async () => {
    expect(
      await lossesOfUp({
        up: ["insert into tags (created_at, updated_at, name, name_key, slug) values (0, 0, 'X', 'x', 'x')"],
        changes: ['tags'],
      }),
    ).toEqual(['tags: 138 rows before, 139 after']);
  });

  test('changes the values of a column, and not those of another', async () => {
    const described = await count('products where description is not null');
    const draft = { up: ['update products set description = null'], changes: ['products.description'] };
    await expectRefusal(
      { ...draft, up: [...draft.up, 'update products set image_url = null'] },
      unmarked(`products.image_url: ${await count('products where image_url is not null')} values before, 0 after`),
    );
    expect(await lossesOfUp(draft)).toEqual([`products.description: ${described} values before, 0 after`]);
  });

  test('renames a column and a table, there and back', async () => {
    const before = await stateOf(database);
    const draft = {
      up: ['alter table products rename column description to details', 'alter table product_tags rename to labels'],
      down: ['alter table labels rename to product_tags', 'alter table products rename column details to description'],
    };
    const described = await count('products where description is not null');
    await expectRefusal(draft, unmarked('product_tags: 364 rows', `products.description: ${described} values`));
    const renames = { 'products.description': 'products.details', product_tags: 'labels' };
    expect(await lossesOfUp({ ...draft, renames })).toEqual([]);
    expect(await count('labels')).toBe(364);
    expect(await down()).toEqual([NAME]);
    expect(await stateOf(database)).toEqual(before);
  });

  test('is told by the command', async () => {
    project.write(NAME, { up: ['drop table product_tags'], loses: { up: ['product_tags'] } });
    const { code, out } = await project.catalog(database, ['migrate', 'up'], { MIGRATION_BACKUPS: '0' });
    expect(code).toBe(0);
    expect(out).toContain(`  ${NAME} took away product_tags: 364 rows\n`);
  });
});

describe.runIf(DATABASE === 'sqlite')('a table that is made anew', () => {
  const withLessStock = (create: string) => create.replace('stock >= 0', 'stock >= -5');

  test.each([
    ['products', withLessStock],
    ['categories', (create: string) => create.replace('`name` text not null', '`name` text null')],
    ['tags', (create: string) => create.replace('`name` text not null', '`name` text null')],
    ['users', (create: string) => create.replace("'ADMIN')", "'ADMIN', 'GUEST')")],
  ])('%s, in the way of MikroORM, takes nothing from what names it', async (table, change) => {
    const before = await stateOf(database);
    expect(await lossesOfUp({ up: await rebuilt(database, table, change) })).toEqual([]);
    const after = await stateOf(database);
    // SQLite forgets the counter's place, not its value.
    expect(after.rows).toEqual(before.rows);
    expect(after.broken).toEqual([]);
    expect(after.schema.length).toBe(before.schema.length);
    expect(after.schema).not.toEqual(before.schema);
  });

  test('keeps its triggers and its full-text index, and they go on working', async () => {
    await runSql(
      database,
      `create virtual table tags_fts using fts5(name, content='tags', content_rowid='id');
       insert into tags_fts (tags_fts) values ('rebuild');
       create trigger tags_fts_insert after insert on tags begin
         insert into tags_fts (rowid, name) values (new.id, new.name); end;
       create trigger tags_fts_delete after delete on tags begin
         insert into tags_fts (tags_fts, rowid, name) values ('delete', old.id, old.name); end;`,
    );
    const before = await stateOf(database);
    const names = (state: typeof before) => state.schema.map(({ name }) => name);
    await lossesOfUp({
      up: await rebuilt(database, 'tags', (create) => create.replace('`name` text not null', '`name` text null')),
    });
    const after = await stateOf(database);
    expect(names(after)).toEqual(names(before));
    expect(after.rows).toEqual(before.rows);
    const found = () => rowsOf(database, `select rowid as id from tags_fts where tags_fts match 'plumbus'`);
    expect(await found()).toEqual([]);
    await runSql(
      database,
      "insert into tags (id, created_at, updated_at, name, name_key, slug) values (5000, 0, 0, 'a plumbus', 'a plumbus', 'p')",
    );
    expect(await found()).toEqual([{ id: 5000 }]);
    await runSql(database, 'delete from tags where id = 5000');
    expect(await found()).toEqual([]);
    await runSql(database, "insert into tags_fts (tags_fts, rank) values ('integrity-check', 1)");
  });

  test('loses a trigger that the migration itself drops', async () => {
    await runSql(
      database,
      `create trigger one after insert on tags begin select 1; end; create trigger two after insert on tags begin select 2; end;`,
    );
    await lossesOfUp({
      up: [
        'drop trigger if exists "one"',
        ...(await rebuilt(database, 'tags', (create) => create.replace('`name` text not null', '`name` text null'))),
      ],
    });
    expect(
      await rowsOf(database, `select name from sqlite_master where type = 'trigger' and name in ('one', 'two')`),
    ).toEqual([{ name: 'two' }]);
  });

  test('is refused where a trigger could not stand on it', async () => {
    await runSql(database, `create trigger heard after insert on tags begin select new.slug; end;`);
    const [row] = await rowsOf<{ sql: string }>(database, `select sql from sqlite_master where name = 'tags'`);
    const create =
      row?.sql.replace('`tags`', '`tags__new`').replace('`slug` text not null', '`handle` text not null') ?? '';
    const before = await stateOf(database);
    await expect(
      up({
        up: [
          create,
          'insert into tags__new select * from tags',
          'drop table tags',
          'alter table tags__new rename to tags',
        ],
        renames: { 'tags.slug': 'tags.handle' },
      }),
    ).rejects.toThrow(/^The trigger "\w+" can't stand on the new tags: .*slug.*\. Nothing was changed\.$/);
    expect(await stateOf(database)).toEqual(before);
  });

  test('foreign keys are on again afterwards, also where it failed', async () => {
    await project.withMigrator(database, async ({ migrations }) => {
      const isOn = () => migrations.withSession((session) => session.all('pragma foreign_keys'));
      project.write(NAME, { up: ['select 1'] });
      await migrations.up();
      expect(await isOn()).toEqual([{ foreign_keys: 1 }]);
    });
    project.write(NEXT, { up: ['pragma legacy_alter_table = on', 'nonsense'] });
    await project.withMigrator(database, async ({ migrations }) => {
      await expect(migrations.up()).rejects.toThrow('nonsense');
      const pragma = (name: string) => migrations.withSession((session) => session.all(`pragma ${name}`));
      expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }]);
      expect(await pragma('legacy_alter_table')).toEqual([{ legacy_alter_table: 0 }]);
    });
  });
});

describe('a migration that fails', () => {
  test('leaves nothing of what it did before', async () => {
    await expectRefusalLike({
      up: [
        'create table more (id integer primary key)',
        'update products set stock = stock + 1',
        'delete from product_tags',
        'alter table sessions drop column user_agent',
        'drop index products_name_index',
        'insert into nowhere values (1)',
      ],
    });
  });

  test('on a rule that its rows break leaves nothing', async () => {
    await expectRefusalLike({ up: ['create unique index no_two on products (is_active)'] });
  });

  test.each([
    'commit',
    'COMMIT;',
    '  -- so that it stays\n commit',
    'drop table more; commit; begin',
    'rollback',
    'begin',
    'begin transaction;',
    'start transaction',
    'savepoint here',
    'end;',
  ])('begins and ends no transaction by itself: %j', async (statement) => {
    const untouched = databases.untouched();
    const before = await stateOf(untouched);
    project.write(NAME, { up: ['create table more (id integer primary key)', statement] });
    await expect(project.withMigrator(untouched, ({ migrations }) => migrations.up())).rejects.toThrow(
      new MigrationError(
        `The migration ${NAME} must not begin or end a transaction: all that is applied at once is one. It says:\n  ${statement}`,
      ),
    );
    expect(await stateOf(untouched)).toEqual(before);
  });

  test('may say such words in texts and in the bodies of triggers', async () => {
    const made = await up({
      up: [
        'create table more (words text)',
        "insert into more values ('; commit;')",
        DATABASE === 'sqlite'
          ? 'create trigger heard after insert on more begin select 1; end;'
          : 'create function heard() returns trigger language plpgsql as $$ begin perform 1; end; $$',
      ],
    });
    expect(made).toEqual([NAME]);
    expect(await rowsOf(database, 'select words from more')).toEqual([{ words: '; commit;' }]);
  });

  async function expectRefusalLike(draft: MigrationDraft): Promise<void> {
    const before = await stateOf(database);
    await expect(up(draft)).rejects.toThrow(new RegExp(`^The migration ${NAME} .*`));
    expect(await stateOf(database)).toEqual(before);
  }
});

describe('a file that is no migration', () => {
  test.each([
    ['exports nothing', 'export const x = 1;', `The migration ${NAME} exports no class.`],
    [
      'asks the database',
      `import { Migration } from '@mikro-orm/migrations';
       export class A extends Migration { async up() { await this.execute('select 1'); } }`,
      `The migration ${NAME} runs something while it is read. It must say all that it does by addSql, so that it can be shown before it happens.`,
    ],
  ])('one that %s is refused, and changes nothing', async (_what, text, message) => {
    const before = await stateOf(database);
    project.writeText(NAME, text);
    await expect(project.withMigrator(database, ({ migrations }) => migrations.up())).rejects.toThrow(
      new MigrationError(message),
    );
    expect(await stateOf(database)).toEqual(before);
  });
});
