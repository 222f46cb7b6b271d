import { existsSync } from 'node:fs';
import Sqlite from 'better-sqlite3';
import { afterAll, describe, expect, test } from 'vitest';
import { checkDrift, type DriftReport, isClean } from '../../src/migrator/drift/check-drift.js';
import { LOG_TABLE } from '../../src/migrator/migration-log.js';
import { ADD_BRAND, addsColumn } from '../support/added-columns.js';
import { DATABASE, type TestDatabase } from '../support/database.js';
import { rowsOf, runSql, stateOf } from '../support/database-state.js';
import { useDatabases } from '../support/filled-database.js';
import { MigrationProject } from '../support/migration-project.js';

const databases = useDatabases();
const project = MigrationProject.create();
/** One that has a migration more than the code asks for. */
const ahead = MigrationProject.create();
ahead.write(ADD_BRAND, addsColumn('brand'));
afterAll(() => {
  project.remove();
  ahead.remove();
});

const on = <T>(sqlite: T, postgresql: T) => (DATABASE === 'sqlite' ? sqlite : postgresql);

const checkOf = (database: TestDatabase, of = project) =>
  of.withMigrator(database, (migrator) => checkDrift(migrator.migrations, migrator));

const CLEAN: DriftReport = { history: [], code: [], database: [], pending: [] };

/** `catalog migrate check`, for people and for machines; what the second says is what this process finds. */
async function expectCheck(database: TestDatabase, code: number, text: string, of = project): Promise<void> {
  const before = await stateOf(database);
  expect(await of.catalog(database, ['migrate', 'check'])).toEqual({ code, err: '', out: text });
  const { out, ...ended } = await of.catalog(database, ['migrate', 'check', '--json']);
  expect(ended).toEqual({ code, err: '' });
  const report = await checkOf(database, of);
  // What is undefined is not there for machines.
  expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify({ ok: code === 0, ...report })));
  expect(await stateOf(database)).toEqual(before);
}

test('finds nothing where code, migrations and database agree', async () => {
  const database = databases.untouched();
  expect(await checkOf(database)).toEqual(CLEAN);
  await expectCheck(database, 0, 'Code, migrations and database agree.\n');
});

test('finds nothing in a database that is empty, and makes nothing in it', async () => {
  const database = await databases.empty();
  const before = await stateOf(database);
  const pending = project.names;
  expect(await checkOf(database)).toEqual({ ...CLEAN, pending });
  await expectCheck(
    database,
    0,
    `Code, migrations and database agree.\n${pending.length} pending: ${pending.join(', ')}\n`,
  );
  expect(await stateOf(database)).toEqual(before);
  expect(before).toMatchObject({ rows: {}, hasLog: false });
});

test.runIf(DATABASE === 'sqlite')('makes no file where there is none', async () => {
  const database = await databases.empty();
  expect(await project.catalog(database, ['migrate', 'check'])).toMatchObject({ code: 0 });
  expect(existsSync(database.url.slice('sqlite:'.length))).toBe(false);
});

test('tells where the migrations lead to something else than the code describes', async () => {
  const database = await databases.filled();
  const code = [
    {
      object: 'column products.brand',
      problem: 'unexpected',
      expected: undefined,
      found: on('brand text null', 'text'),
    },
  ];
  expect(await checkOf(database, ahead)).toEqual({ ...CLEAN, code, pending: [ADD_BRAND] });
  const title =
    'The code describes something else than the migrations lead to (`catalog migrate create NAME` makes the next one):\n';
  const line = '  column products.brand is in the migrations, and should not be\n';
  await expectCheck(database, 1, `${title}${line}1 pending: ${ADD_BRAND}\n`, ahead);
  await ahead.withMigrator(database, ({ migrations }) => migrations.up());
  expect(await checkOf(database, ahead)).toEqual({ ...CLEAN, code });
});

test('tells where a migration that the code needs is missing', async () => {
  const other = MigrationProject.create();
  try {
    // One that makes a table on both databases, which no later one touches.
    other.delete('20261125170017-idempotency');
    const report = await checkOf(await databases.empty(), other);
    expect(isClean(report)).toBe(false);
    expect(report.code.length).toBeGreaterThan(0);
    expect(new Set(report.code.map(({ problem }) => problem))).not.toContain('unexpected');
    expect(report.database).toEqual([]);
  } finally {
    other.remove();
  }
});

test('tells files that are not what was applied', async () => {
  const database = await databases.filled();
  await ahead.withMigrator(database, ({ migrations }) => migrations.up());
  const problem = 'was applied, but has no file here';
  const { history } = await checkOf(database);
  expect(history).toEqual([{ migration: ADD_BRAND, problem }]);
  const { code, out } = await project.catalog(database, ['migrate', 'check']);
  expect(code).toBe(1);
  expect(out).toContain(
    `The migrations and the database disagree about what was applied:\n  ${ADD_BRAND} ${problem}\n`,
  );
});

/** What somebody did by hand, and what a check says of it: the object, the problem, what should be there, what is. */
type HandMade = readonly [name: string, sql: string, ...found: (readonly [string, string, string?, string?])[]];

const BY_HAND: readonly HandMade[] = [
  [
    'an index that was dropped',
    'drop index products_name_index',
    [
      'index products_name_index',
      'missing',
      on(
        'create index products_name_index on products(name_key,id)',
        'CREATE INDEX products_name_index ON products USING btree (name_key, id)',
      ),
    ],
  ],
  [
    'an index that was added',
    'create unique index by_hand on products (stock, id)',
    [
      'index by_hand',
      'unexpected',
      undefined,
      on(
        'create unique index by_hand on products(stock,id)',
        'CREATE UNIQUE INDEX by_hand ON products USING btree (stock, id)',
      ),
    ],
  ],
  [
    'an index that is another one',
    'drop index products_name_index; create index products_name_index on products (name_key)',
    [
      'index products_name_index',
      'different',
      on(
        'create index products_name_index on products(name_key,id)',
        'CREATE INDEX products_name_index ON products USING btree (name_key, id)',
      ),
      on(
        'create index products_name_index on products(name_key)',
        'CREATE INDEX products_name_index ON products USING btree (name_key)',
      ),
    ],
  ],
  [
    'a column that was added',
    'alter table products add column by_hand text null',
    ['column products.by_hand', 'unexpected', undefined, on('by_hand text null', 'text')],
  ],
  [
    'a column that was dropped',
    'alter table sessions drop column user_agent',
    ['column sessions.user_agent', 'missing', on('user_agent text null', 'text')],
  ],
  [
    'a table that was added',
    'create table by_hand (id integer primary key)',
    ['column by_hand.id', 'unexpected', undefined, on('id integer primary key', 'integer not null')],
    ...on([], [['constraint by_hand.by_hand_pkey', 'unexpected', undefined, 'PRIMARY KEY (id)'] as const]),
    ['table by_hand', 'unexpected', undefined, ''],
  ],
  [
    'a view that was added',
    'create view by_hand as select id from tags',
    ['view by_hand', 'unexpected', undefined, on('create view by_hand as select id from tags', 'SELECT id FROM tags;')],
  ],
  [
    'a trigger that was added',
    on(
      'create trigger by_hand after delete on tags begin select 1; end',
      `create function by_hand() returns trigger language plpgsql as $$begin return null; end$$;
       create trigger by_hand after delete on tags for each row execute function by_hand()`,
    ),
    ...on<(readonly [string, string, string?, string?])[]>(
      [['trigger by_hand', 'unexpected', undefined, 'create trigger by_hand after delete on tags begin select 1;end']],
      [
        [
          'function by_hand()',
          'unexpected',
          undefined,
          'CREATE OR REPLACE FUNCTION by_hand() RETURNS trigger LANGUAGE plpgsql AS $function$begin return null; end$function$',
        ],
        [
          'trigger tags.by_hand',
          'unexpected',
          undefined,
          'CREATE TRIGGER by_hand AFTER DELETE ON tags FOR EACH ROW EXECUTE FUNCTION by_hand()',
        ],
      ],
    ),
  ],
];

/** SQLite changes these by writing its own schema; the rows stay as they are. */
const rewritten = (from: string, to: string) =>
  `pragma writable_schema = on;
   update sqlite_master set sql = replace(sql, '${from.replaceAll("'", "''")}', '${to.replaceAll("'", "''")}') where name = 'products';
   pragma writable_schema = reset`;

const CHANGED_BY_HAND: readonly HandMade[] = [
  [
    'a default that was changed',
    on(
      rewritten('`stock` integer not null default 0', '`stock` integer not null default 7'),
      'alter table products alter column stock set default 7',
    ),
    [
      'column products.stock',
      'different',
      on('stock integer not null default 0', 'integer not null default 0'),
      on('stock integer not null default 7', 'integer not null default 7'),
    ],
  ],
  [
    'a column that may be null',
    on(
      rewritten('`stock` integer not null', '`stock` integer null'),
      'alter table products alter column stock drop not null',
    ),
    [
      'column products.stock',
      'different',
      on('stock integer not null default 0', 'integer not null default 0'),
      on('stock integer null default 0', 'integer default 0'),
    ],
  ],
  [
    'a check that was changed',
    on(
      rewritten('check (stock >= 0)', 'check (stock >= -1)'),
      'alter table products drop constraint products_stock_check, add constraint products_stock_check check (stock >= -1)',
    ),
    [
      'constraint products.products_stock_check',
      'different',
      on('constraint products_stock_check check(stock>=0)', 'CHECK ((stock >= 0))'),
      on('constraint products_stock_check check(stock>=-1)', "CHECK ((stock >= '-1'::integer))"),
    ],
  ],
  [
    'a foreign key that was changed',
    on(
      rewritten('on delete set null', 'on delete cascade'),
      `alter table products drop constraint products_category_id_foreign,
         add constraint products_category_id_foreign foreign key (category_id) references categories (id) on update cascade on delete cascade`,
    ),
    [
      'constraint products.products_category_id_foreign',
      'different',
      on(
        'constraint products_category_id_foreign foreign key(category_id)references categories(id)on update cascade on delete set null',
        'FOREIGN KEY (category_id) REFERENCES categories(id) ON UPDATE CASCADE ON DELETE SET NULL',
      ),
      on(
        'constraint products_category_id_foreign foreign key(category_id)references categories(id)on update cascade on delete cascade',
        'FOREIGN KEY (category_id) REFERENCES categories(id) ON UPDATE CASCADE ON DELETE CASCADE',
      ),
    ],
  ],
];

/** SQLite's driver protects the schema from being written, unless it is told not to. */
async function runByHand(database: TestDatabase, sql: string): Promise<void> {
  if (DATABASE === 'postgresql') return runSql(database, sql);
  const file = new Sqlite(database.url.slice('sqlite:'.length));
  file.unsafeMode();
  file.exec(sql);
  file.close();
}

describe('tells what somebody changed by hand', () => {
  test.each([...BY_HAND, ...CHANGED_BY_HAND].map(([name, sql, ...found]) => [name, sql, found] as const))(
    '%s',
    async (_name, sql, found) => {
      const database = await databases.filled();
      await runByHand(database, sql);
      expect(await checkOf(database)).toEqual({
        ...CLEAN,
        database: found.map(([object, problem, expected, there]) => ({ object, problem, expected, found: there })),
      });
    },
  );

  test('a trigger of a migration that was dropped', async () => {
    const other = MigrationProject.create();
    try {
      other.write('20990101000001-trigger', {
        up: on(
          ['create trigger tidy after delete on tags begin select 1; end'],
          [
            'create function tidy() returns trigger language plpgsql as $$begin return null; end$$',
            'create trigger tidy after delete on tags for each row execute function tidy()',
          ],
        ),
      });
      const database = await databases.filled();
      await other.withMigrator(database, ({ migrations }) => migrations.up());
      expect((await checkOf(database, other)).database).toEqual([]);
      await runSql(database, on('drop trigger tidy', 'drop trigger tidy on tags; drop function tidy()'));
      expect((await checkOf(database, other)).database.map(({ object, problem }) => [object, problem])).toEqual(
        on(
          [['trigger tidy', 'missing']],
          [
            ['function tidy()', 'missing'],
            ['trigger tags.tidy', 'missing'],
          ],
        ),
      );
    } finally {
      other.remove();
    }
  });

  test('for people, and for machines', async () => {
    const database = await databases.filled();
    await runSql(
      database,
      'drop index products_name_index; create index products_name_index on products (name_key); ' +
        'drop index tags_created_at_index; alter table tags add column by_hand text null',
    );
    await expectCheck(
      database,
      1,
      [
        'The database is not what the applied migrations lead to; somebody changed it by hand:',
        '  column tags.by_hand is in the database, and should not be',
        '  index products_name_index is different in the database',
        `    expected: ${on('create index products_name_index on products(name_key,id)', 'CREATE INDEX products_name_index ON products USING btree (name_key, id)')}`,
        `    found:    ${on('create index products_name_index on products(name_key)', 'CREATE INDEX products_name_index ON products USING btree (name_key)')}`,
        '  index tags_created_at_index is not in the database',
        '',
      ].join('\n'),
    );
  });
});

test.runIf(DATABASE === 'postgresql')('leaves nothing of what it tried aside', async () => {
  const database = await databases.filled();
  await checkOf(database, ahead);
  expect(await rowsOf(database, `select 1 from pg_namespace where nspname = 'catalog_migrate_check'`)).toEqual([]);
  await runSql(database, `drop table ${LOG_TABLE}`);
  expect((await checkOf(database)).pending).toEqual(project.names);
  expect((await stateOf(database)).hasLog).toBe(false);
});
