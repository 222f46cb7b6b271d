import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EntitySchema, MikroORM } from '@mikro-orm/core';
import { ormOptions, type SchemaSource } from '../../src/database/orm.js';
import type { SchemaObjects } from '../../src/database/schema-objects.js';
import { checkDrift, type DriftReport } from '../../src/migrator/drift/check-drift.js';
import { schemaOf } from '../../src/migrator/drift/replay.js';
import type { SchemaItem } from '../../src/migrator/drift/schema-item.js';
import {
  type CreatedMigration,
  createMigration,
  type MigrationRequest,
} from '../../src/migrator/generate/create-migration.js';
import { type Migrator, migratorOf } from '../../src/migrator/orm-migrator.js';
import { literal, quoted } from '../../src/migrator/sql-text.js';
import { createDatabase, DATABASE, type TestDatabase } from './database.js';
import { rowsOf, withSession } from './database-state.js';
import { testConfig } from './service.js';

/** A column, or a reference to another entity. */
export type Property = Record<string, unknown> & { to?: string };

/** An entity as a test changes it. */
export interface EntityModel {
  table: string;
  properties: Record<string, Property>;
  indexes: Record<string, unknown>[];
  uniques: Record<string, unknown>[];
  checks: { name: string; expression: string }[];
}

/** What a schema is described by. */
export interface Zoo {
  entities: Record<string, EntityModel>;
  objects: { sqlite: SchemaObjects['sqlite']; postgresql: SchemaObjects['postgresql'] };
}

const key = (): Property => ({ type: 'integer', primary: true, autoincrement: true });
const text = (): Property => ({ type: 'text' });
const entity = (table: string, properties: Record<string, Property>, rest: Partial<EntityModel> = {}): EntityModel => ({
  table,
  properties,
  indexes: [],
  uniques: [],
  checks: [],
  ...rest,
});

/** A catalogue with every kind of column, constraint and reference, before anything changes. */
export const catalogueZoo = (): Zoo => ({
  objects: { sqlite: [], postgresql: [] },
  entities: {
    Category: entity('categories', { id: key(), slug: { ...text(), unique: true }, name: text() }),
    Tag: entity('tags', { id: key(), name: text() }),
    Product: entity(
      'products',
      {
        id: key(),
        slug: { ...text(), unique: true },
        name: text(),
        description: { ...text(), nullable: true },
        price: { type: 'integer' },
        stock: { type: 'integer', default: 0 },
        rating: { type: 'double', nullable: true },
        isActive: { type: 'boolean', default: true },
        category: { to: 'Category', nullable: true, deleteRule: 'set null' },
      },
      {
        indexes: [{ name: 'products_price_index', properties: ['price', 'id'] }],
        checks: [{ name: 'products_stock_check', expression: 'stock >= 0' }],
      },
    ),
    ProductTag: entity('product_tags', {
      product: { to: 'Product', primary: true, deleteRule: 'cascade' },
      tag: { to: 'Tag', primary: true, deleteRule: 'cascade' },
    }),
    User: entity('users', {
      id: key(),
      username: { ...text(), unique: true },
      age: { type: 'integer', nullable: true },
      role: { enum: true, items: ['USER', 'CASHIER', 'ADMIN'], type: 'string', default: 'USER' },
    }),
    Session: entity('sessions', { id: key(), user: { to: 'User', deleteRule: 'cascade' }, agent: text() }),
  },
});

function toEntities({ entities }: Zoo): EntitySchema[] {
  const schemas = new Map<string, EntitySchema>();
  for (const [name, { table, properties, indexes, uniques, checks }] of Object.entries(entities)) {
    const mapped = Object.entries(properties).map(([property, { to, ...options }]) => {
      const reference = { kind: 'm:1', entity: () => schemas.get(to ?? ''), ref: true };
      return [property, to === undefined ? options : { ...reference, ...options }];
    });
    const schema = {
      name,
      tableName: table,
      properties: Object.fromEntries(mapped) as never,
      indexes,
      uniques,
      checks,
    };
    schemas.set(name, new EntitySchema(schema as never));
  }
  return [...schemas.values()];
}

type Row = Record<string, unknown>;
/** All rows of all tables, in the order of their first columns. */
export type Contents = Record<string, Row[]>;

/** A database with migrations of its own, whose description changes as the test goes on. */
export class ZooWorld {
  private constructor(
    private readonly database: TestDatabase,
    readonly folder: string,
  ) {}

  static async open(): Promise<ZooWorld> {
    // Within the project: what is generated imports MikroORM.
    mkdirSync(resolve('temp'), { recursive: true });
    const folder = mkdtempSync(resolve('temp/zoo-'));
    for (const kind of ['sqlite', 'postgresql']) mkdirSync(join(folder, kind));
    return new ZooWorld(await createDatabase(), folder);
  }

  async close(): Promise<void> {
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs work with the migrator of a description. */
  async with<T>(zoo: Zoo, work: (migrator: Migrator) => Promise<T>): Promise<T> {
    const source: SchemaSource = {
      entities: toEntities(zoo),
      objects: zoo.objects,
      migrations: this.folder,
      journals: [],
    };
    const options = ormOptions(testConfig(this.database.url), source);
    const orm = await MikroORM.init({ ...options, logger: () => undefined });
    try {
      return await work(migratorOf(orm));
    } finally {
      await orm.close(true);
    }
  }

  create(zoo: Zoo, name: string, request: Partial<MigrationRequest> = {}): Promise<CreatedMigration | undefined> {
    return this.with(zoo, ({ settings, migrations }) =>
      createMigration(settings, {
        name,
        renames: [],
        drops: [],
        hasRows: (table) => migrations.hasRows(table),
        ...request,
      }),
    );
  }

  up = (zoo: Zoo) => this.with(zoo, ({ migrations }) => migrations.up());
  down = (zoo: Zoo) => this.with(zoo, ({ migrations }) => migrations.down());
  check = (zoo: Zoo): Promise<DriftReport> => this.with(zoo, (migrator) => checkDrift(migrator.migrations, migrator));

  // These look and write past the ORM, which takes longer to come up than all that they do.
  schema = (): Promise<SchemaItem[]> =>
    withSession(this.database, schemaOf).then((items) => items.toSorted((a, b) => (a.name < b.name ? -1 : 1)));

  run(...statements: string[]): Promise<void> {
    return withSession(this.database, async (session) => {
      for (const statement of statements) await session.run(statement);
    });
  }

  rows = <T = Row>(query: string): Promise<T[]> => rowsOf<T>(this.database, query);

  /** The names of the files of both databases' folders. */
  files = (): string[] =>
    ['sqlite', 'postgresql'].flatMap((kind) => readdirSync(join(this.folder, kind)).map((file) => `${kind}/${file}`));

  contents(): Promise<Contents> {
    return withSession(this.database, async (session) => {
      const contents: Contents = {};
      const tables = await session.all<{ name: string }>(LIST_TABLES);
      for (const { name } of tables) contents[name] = await session.all(`select * from ${quoted(name)} order by 1, 2`);
      return contents;
    });
  }
}

const LIST_TABLES =
  DATABASE === 'sqlite'
    ? `select name from pragma_table_list where schema = 'main' and type = 'table' and name not like 'sqlite%' and name not like 'mikro%' order by name`
    : `select tablename as name from pg_tables where schemaname = 'public' and tablename not like 'mikro%' order by 1`;

/** The statements that fill the zoo's tables with the demo's catalogue. */
export function demoRows(): string[] {
  const lines = readFileSync('demo/catalogue.ndjson', 'utf8').trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as Row & { type: string; id: number; slug: string });
  const of = (type: string) => entries.filter((entry) => entry.type === type);
  const idOf = (type: string, slug: unknown) => of(type).find((entry) => entry.slug === slug)?.id ?? null;
  const products = of('product');
  const links = products.flatMap(({ id, tags }) => (tags as string[]).map((tag) => [id, idOf('tag', tag)]));
  return [
    insert(
      'categories',
      ['id', 'slug', 'name'],
      of('category').map(({ id, slug, name }) => [id, slug, name]),
    ),
    insert(
      'tags',
      ['id', 'name'],
      of('tag').map(({ id, name }) => [id, name]),
    ),
    insert(
      'products',
      ['id', 'slug', 'name', 'description', 'price', 'stock', 'rating', 'is_active', 'category_id'],
      products.map((product) => [
        product.id,
        product.slug,
        product.name,
        // Some without: a column that may be empty is empty somewhere.
        product.id % 5 === 0 ? null : product.description,
        Math.round(Number(product.priceShmeckles) * 100),
        product.stock,
        product.id % 7 === 0 ? null : product.rating,
        product.isActive,
        idOf('category', product.category),
      ]),
    ),
    insert('product_tags', ['product_id', 'tag_id'], links),
    insert(
      'users',
      ['id', 'username', 'age', 'role'],
      of('user').map(({ id, username, age, role }) => [id, username, age, role]),
    ),
    insert(
      'sessions',
      ['id', 'user_id', 'agent'],
      of('user').map(({ id }) => [id, id, 'a browser']),
    ),
    ...(DATABASE === 'sqlite'
      ? []
      : ['categories', 'tags', 'products', 'users', 'sessions'].map(
          (table) => `select setval('${table}_id_seq', (select max(id) from ${table}))`,
        )),
  ];
}

const insert = (table: string, columns: readonly string[], rows: readonly (readonly unknown[])[]) =>
  `insert into ${table} (${columns.join(', ')}) values ${rows.map((row) => `(${row.map(toSql).join(', ')})`).join(', ')}`;

function toSql(value: unknown): string {
  if (typeof value === 'string') return literal(value);
  return JSON.stringify(value);
}
