import type { MigrationRequest } from '../../src/migrator/generate/create-migration.js';
import type { SchemaObject } from '../../src/database/schema-objects.js';
import { DATABASE } from './database.js';
import type { EntityModel, Zoo } from './migration-zoo.js';

/** A change of the zoo's schema, and what becomes of a filled database. */
export interface SchemaChange {
  readonly name: string;
  /** What is described besides the catalogue before the change. */
  readonly before?: (zoo: Zoo) => void;
  /** Statements on the filled database before the change. */
  readonly rows?: readonly string[];
  readonly change: (zoo: Zoo) => void;
  readonly answers?: Partial<MigrationRequest>;
  /** `kept`: applied, and every row and value is there. Else what the refusal says, and by whom. */
  readonly outcome: 'kept' | { readonly create: RegExp } | { readonly up: RegExp };
  /** Columns under another name afterwards: `products.name` → `title`. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** Columns whose values are written in another way afterwards, by a function of the value before. */
  readonly converted?: Readonly<Record<string, (value: unknown) => unknown>>;
  /** Tables and columns that are gone afterwards, or gone and made anew after going down. */
  readonly lost?: readonly string[];
  /** A query on the changed database, and its only row. */
  readonly afterwards?: readonly [query: string, row: Record<string, unknown>];
}

const product = (zoo: Zoo): EntityModel => zoo.entities.Product as EntityModel;
const user = (zoo: Zoo): EntityModel => zoo.entities.User as EntityModel;
const category = (zoo: Zoo): EntityModel => zoo.entities.Category as EntityModel;
const onProduct = (change: (entity: EntityModel) => void) => (zoo: Zoo) => change(product(zoo));
const isSqlite = DATABASE === 'sqlite';

/** Moves a property to another name; the column follows. */
function rename(entity: EntityModel, from: string, to: string, more: object = {}): void {
  const { [from]: property, ...others } = entity.properties;
  entity.properties = { ...others, [to]: { ...property, ...more } };
}

const newColumn = { type: 'text', nullable: true };
const stockCheck = (expression: string) => ({ name: 'products_stock_check', expression });
const roles = (...items: string[]) => ({ enum: true, items, type: 'string', default: 'USER' });

/** Sees to it that products and what is said of them elsewhere stay together: SQLite's trigger, PostgreSQL's function. */
const lastChange = (zoo: Zoo) => {
  zoo.entities.Change = {
    table: 'changes',
    properties: { id: { type: 'integer', primary: true, autoincrement: true }, productId: { type: 'integer' } },
    indexes: [],
    uniques: [],
    checks: [],
  };
  zoo.objects.sqlite = [
    {
      name: 'products_noted',
      on: 'products',
      create:
        'create trigger products_noted after update on products begin insert into changes (product_id) values (new.id); end',
      drop: 'drop trigger products_noted',
    },
  ];
  zoo.objects.postgresql = [
    {
      name: 'note_product',
      create:
        'create function note_product() returns trigger language plpgsql as $$ begin insert into changes (product_id) values (new.id); return new; end $$',
      drop: 'drop function note_product()',
    },
    {
      name: 'products_noted',
      on: 'products',
      create: 'create trigger products_noted after update on products for each row execute function note_product()',
      drop: 'drop trigger products_noted on products',
    },
  ];
};

/** A full-text index over the products' names. */
const fullText = (zoo: Zoo) => {
  zoo.objects.sqlite = [
    ...zoo.objects.sqlite,
    {
      name: 'products_text',
      create: "create virtual table products_text using fts5(name, content='products', content_rowid='id')",
      drop: 'drop table products_text',
      fill: ["insert into products_text (products_text) values ('rebuild')"],
    },
    {
      name: 'products_text_insert',
      on: 'products',
      create:
        'create trigger products_text_insert after insert on products begin insert into products_text (rowid, name) values (new.id, new.name); end',
      drop: 'drop trigger products_text_insert',
    },
  ];
  zoo.objects.postgresql = [
    ...zoo.objects.postgresql,
    {
      name: 'products_text',
      on: 'products',
      create: `create index products_text on products using gin (to_tsvector('simple', name))`,
      drop: 'drop index products_text',
    },
  ];
};

/** A table that the code fills by itself. */
const positions = (zoo: Zoo) => {
  const table = {
    name: 'text_positions',
    create: 'create table text_positions (position integer primary key, width integer)',
    drop: 'drop table text_positions',
    fill: ['insert into text_positions values (1, 1), (2, 1), (3, 1)'],
  };
  zoo.objects = { sqlite: [table], postgresql: [table] };
};

const findMascara = isSqlite
  ? "select count(*) as found from products_text where products_text match 'mascara'"
  : "select count(*)::int as found from products where to_tsvector('simple', name) @@ to_tsquery('simple', 'mascara')";

export const CHANGES: readonly SchemaChange[] = [
  // ---- columns that come
  {
    name: 'add a column',
    change: onProduct(({ properties }) => void (properties.brand = newColumn)),
    outcome: 'kept',
    lost: ['products.brand'],
    afterwards: ['select count(*) as filled from products where brand is not null', { filled: 0 }],
  },
  {
    name: 'add a column with a default',
    change: onProduct(({ properties }) => void (properties.weight = { type: 'integer', default: 7 })),
    outcome: 'kept',
    afterwards: ['select min(weight) as least, max(weight) as most from products', { least: 7, most: 7 }],
  },
  {
    name: 'add a column with a default, and change another',
    change: onProduct(({ properties }) => {
      properties.weight = { type: 'integer', default: 7 };
      properties.description = { type: 'text' };
    }),
    rows: ["update products set description = '' where description is null"],
    outcome: 'kept',
    afterwards: ['select min(weight) as least, max(weight) as most from products', { least: 7, most: 7 }],
  },
  {
    name: 'add a NOT NULL column without a default to a filled table',
    change: onProduct(({ properties }) => void (properties.brand = { type: 'text' })),
    outcome: { create: /products\.brand is new and NOT NULL without a default.*Give it a default/s },
  },
  {
    name: 'add a NOT NULL column without a default where only others have rows',
    change: onProduct(({ properties }) => void (properties.brand = { type: 'text' })),
    answers: { hasRows: async () => false },
    outcome: { up: /products\.brand is new and NOT NULL without a default/ },
  },
  {
    name: 'add a NOT NULL column without a default to an empty table',
    rows: ['delete from product_tags', 'delete from products'],
    change: onProduct(({ properties }) => void (properties.brand = { type: 'text' })),
    outcome: 'kept',
  },
  {
    name: 'add a generated column',
    change: onProduct(({ properties }) => {
      properties.inStock = { type: 'integer', generated: '(case when stock > 0 then 1 else 0 end) stored' };
    }),
    outcome: 'kept',
    afterwards: [
      'select count(*) as wrong from products where in_stock <> case when stock > 0 then 1 else 0 end',
      { wrong: 0 },
    ],
  },
  {
    name: 'change a column beside a generated one',
    before: onProduct(({ properties }) => {
      properties.inStock = { type: 'integer', generated: '(case when stock > 0 then 1 else 0 end) stored' };
    }),
    change: onProduct(({ properties }) => void (properties.name = { type: 'text', nullable: true })),
    outcome: 'kept',
  },

  // ---- columns that go
  {
    name: 'drop a column',
    change: onProduct(({ properties }) => void delete properties.description),
    outcome: { create: /take away for good what is in products\.description.*--allow-destructive/s },
  },
  {
    name: 'drop a column, allowed',
    change: onProduct(({ properties }) => void delete properties.description),
    answers: { allowsLosses: true },
    outcome: 'kept',
    lost: ['products.description'],
  },
  {
    name: 'drop a column that an index and a check are about, allowed',
    change: onProduct((entity) => {
      delete entity.properties.stock;
      delete entity.properties.price;
      entity.checks = [];
      entity.indexes = [];
    }),
    answers: { allowsLosses: true },
    // Going down, both come back NOT NULL, and the rows have no price any more.
    rows: ['delete from product_tags', 'delete from products'],
    outcome: 'kept',
    lost: ['products.stock', 'products.price'],
  },

  // ---- names
  {
    name: 'rename a column',
    change: onProduct((entity) => rename(entity, 'description', 'summary')),
    outcome: { create: /products\.description → summary.*--rename products\.description:summary/s },
  },
  {
    name: 'rename a column, as said',
    change: onProduct((entity) => rename(entity, 'description', 'summary')),
    answers: { renames: ['description:summary'] },
    outcome: 'kept',
    renamed: { 'products.description': 'summary' },
  },
  {
    name: 'rename a column, as answered',
    change: onProduct((entity) => rename(entity, 'description', 'summary')),
    answers: { ask: async ({ to }) => to[0] },
    outcome: 'kept',
    renamed: { 'products.description': 'summary' },
  },
  {
    name: 'drop a column and add another of the same type, as said',
    change: onProduct((entity) => rename(entity, 'description', 'summary')),
    answers: { drops: ['products.description'], allowsLosses: true },
    outcome: 'kept',
    lost: ['products.description', 'products.summary'],
    afterwards: ['select count(*) as filled from products where summary is not null', { filled: 0 }],
  },
  {
    name: 'rename a column and change it, with another change of the table',
    change: onProduct((entity) => {
      rename(entity, 'name', 'title', { nullable: true });
      entity.properties.rating = { type: 'double', default: 0, nullable: true };
    }),
    answers: { renames: ['products.name:title'] },
    outcome: 'kept',
    renamed: { 'products.name': 'title' },
  },
  {
    name: 'rename a column and retype it',
    before: onProduct((entity) => void (entity.checks = [])),
    change: onProduct(({ properties }) => {
      delete properties.stock;
      properties.onHand = { type: 'text' };
    }),
    answers: { renames: ['stock:on_hand'] },
    outcome: 'kept',
    renamed: { 'products.stock': 'on_hand' },
    converted: { 'products.stock': String },
  },
  {
    name: 'rename a column that an index, a check and a generated column are about',
    before: onProduct((entity) => {
      entity.properties.inStock = { type: 'integer', generated: '(case when stock > 0 then 1 else 0 end) stored' };
      entity.indexes.push({ name: 'products_stock_index', properties: ['stock'] });
    }),
    change: onProduct((entity) => {
      rename(entity, 'stock', 'onHand');
      entity.properties.inStock = { type: 'integer', generated: '(case when on_hand > 0 then 1 else 0 end) stored' };
      entity.checks = [stockCheck('on_hand >= 0')];
      entity.indexes = entity.indexes.map(({ name, properties }) => ({
        name,
        properties: (properties as string[]).map((property) => (property === 'stock' ? 'onHand' : property)),
      }));
    }),
    answers: { renames: ['stock:on_hand'] },
    outcome: 'kept',
    renamed: { 'products.stock': 'on_hand' },
  },
  {
    name: 'rename a reference',
    change: onProduct((entity) => rename(entity, 'category', 'shelf')),
    answers: { renames: ['category_id:shelf_id'] },
    outcome: 'kept',
    renamed: { 'products.category_id': 'shelf_id' },
  },

  // ---- types
  {
    name: 'widen a type',
    change: onProduct(({ properties }) => void (properties.price = { type: 'bigint' })),
    outcome: 'kept',
    converted: isSqlite ? {} : { 'products.price': String },
  },
  {
    name: 'retype a column, whose values are the same in both',
    change: onProduct(({ properties }) => void (properties.price = { type: 'text' })),
    outcome: 'kept',
    converted: { 'products.price': String },
  },
  {
    name: 'retype a column, whose values are not the same in both',
    change: onProduct(({ properties }) => void (properties.name = { type: 'integer' })),
    outcome: {
      up: isSqlite ? /products\.name holds values that would not be the same as integer/ : /invalid input syntax/,
    },
  },
  {
    name: 'retype a column, whose values would lose digits',
    change: onProduct(({ properties }) => void (properties.rating = { type: 'integer', nullable: true })),
    outcome: { up: /products\.rating holds values that would not be the same as int/ },
  },

  // ---- NULL and defaults
  {
    name: 'let a column be empty that others refer to',
    change: (zoo) => void (category(zoo).properties.name = { type: 'text', nullable: true }),
    outcome: 'kept',
    afterwards: ['select count(*) as without from products where category_id is null', { without: 0 }],
  },
  {
    name: 'make a full column NOT NULL',
    rows: ['update users set age = 40 where age is null'],
    change: (zoo) => void (user(zoo).properties.age = { type: 'integer' }),
    outcome: 'kept',
  },
  {
    name: 'make a column NOT NULL that is empty somewhere',
    change: onProduct(({ properties }) => void (properties.description = { type: 'text' })),
    outcome: { up: /products\.description is to be NOT NULL, and there are rows without a value: fill them first/ },
  },
  {
    name: 'add, change and remove a default',
    change: onProduct(({ properties }) => {
      properties.price = { type: 'integer', default: 100 };
      properties.stock = { type: 'integer', default: 1 };
      properties.isActive = { type: 'boolean' };
    }),
    outcome: 'kept',
  },

  // ---- checks and enums
  {
    name: 'add a check that holds',
    change: onProduct(({ checks }) => void checks.push({ name: 'products_price_check', expression: 'price >= 0' })),
    outcome: 'kept',
  },
  {
    name: 'add a check that does not hold',
    change: onProduct(({ checks }) => void checks.push({ name: 'products_price_check', expression: 'price > 5000' })),
    outcome: { up: /products_price_check/ },
  },
  {
    name: 'change a check',
    change: onProduct((entity) => void (entity.checks = [stockCheck('stock >= 0 and stock < 1000000')])),
    outcome: 'kept',
  },
  { name: 'remove a check', change: onProduct((entity) => void (entity.checks = [])), outcome: 'kept' },
  {
    name: 'add a value to an enum that cascading rows hang on',
    change: (zoo) => void (user(zoo).properties.role = roles('USER', 'CASHIER', 'ADMIN', 'OWNER')),
    outcome: 'kept',
    afterwards: ['select count(*) as sessions from sessions', { sessions: 208 }],
  },
  {
    name: 'remove a value from an enum that nobody has',
    rows: ["update users set role = 'USER' where role = 'CASHIER'"],
    change: (zoo) => void (user(zoo).properties.role = roles('USER', 'ADMIN')),
    outcome: 'kept',
  },
  {
    name: 'remove a value from an enum that somebody has',
    change: (zoo) => void (user(zoo).properties.role = roles('USER', 'ADMIN')),
    outcome: { up: isSqlite ? /role/ : /users_role_check/ },
  },

  // ---- indexes
  {
    name: 'add a unique constraint that holds',
    change: (zoo) => void ((zoo.entities.Tag as EntityModel).properties.name = { type: 'text', unique: true }),
    outcome: 'kept',
  },
  {
    name: 'add a unique constraint that does not hold',
    change: onProduct(({ uniques }) => void uniques.push({ properties: ['stock'] })),
    outcome: { up: isSqlite ? /UNIQUE constraint failed: products\.stock/ : /products_stock_unique/ },
  },
  {
    name: 'remove a unique constraint',
    change: onProduct(({ properties }) => void (properties.slug = { type: 'text' })),
    outcome: 'kept',
  },
  {
    name: 'add an index, a composite one and a partial one',
    change: onProduct(({ indexes }) => {
      indexes.push(
        { name: 'products_name_index', properties: ['name'] },
        { name: 'products_stock_price_index', properties: ['stock', 'price', 'id'] },
        { name: 'products_active_index', properties: ['price'], where: 'is_active' },
      );
    }),
    outcome: 'kept',
  },
  { name: 'remove an index', change: onProduct((entity) => void (entity.indexes = [])), outcome: 'kept' },
  {
    name: 'rename an index and change what it is about',
    before: onProduct(({ indexes }) => void indexes.push({ name: 'products_name_index', properties: ['name'] })),
    change: onProduct((entity) => {
      entity.indexes = [
        { name: 'products_by_price', properties: ['price', 'id'] },
        { name: 'products_name_index', properties: ['name', 'id'] },
      ];
    }),
    outcome: 'kept',
  },
  {
    name: 'remove an index, and change the table',
    change: onProduct((entity) => {
      entity.indexes = [];
      entity.properties.name = { type: 'text', nullable: true };
    }),
    outcome: 'kept',
  },

  // ---- references
  ...(['cascade', 'restrict', 'no action'] as const).map((deleteRule): SchemaChange => ({
    name: `change a reference's delete rule to ${deleteRule}`,
    change: onProduct(({ properties }) => void (properties.category = { to: 'Category', nullable: true, deleteRule })),
    outcome: 'kept',
    afterwards: ['select count(*) as without from products where category_id is null', { without: 0 }],
  })),
  {
    name: "change a reference's delete rule to set null",
    before: (zoo) =>
      void ((zoo.entities.Session as EntityModel).properties.user = {
        to: 'User',
        nullable: true,
        deleteRule: 'cascade',
      }),
    change: (zoo) =>
      void ((zoo.entities.Session as EntityModel).properties.user = {
        to: 'User',
        nullable: true,
        deleteRule: 'set null',
      }),
    outcome: 'kept',
  },
  {
    name: 'add a reference',
    change: onProduct(({ properties }) => {
      properties.maker = { to: 'User', nullable: true, deleteRule: 'set null' };
    }),
    outcome: 'kept',
  },
  {
    name: 'make a reference of a column',
    before: onProduct(({ properties }) => void (properties.tagId = { type: 'integer', nullable: true })),
    rows: ['update products set tag_id = 1'],
    change: onProduct(({ properties }) => {
      delete properties.tagId;
      properties.tag = { to: 'Tag', nullable: true, deleteRule: 'set null' };
    }),
    outcome: 'kept',
    afterwards: ['select count(*) as tagged from products where tag_id = 1', { tagged: 194 }],
  },
  {
    name: 'make a reference of a column that names what is not there',
    before: onProduct(({ properties }) => void (properties.tagId = { type: 'integer', nullable: true })),
    rows: ['update products set tag_id = 999999'],
    change: onProduct(({ properties }) => {
      delete properties.tagId;
      properties.tag = { to: 'Tag', nullable: true, deleteRule: 'set null' };
    }),
    outcome: { up: isSqlite ? /products: 194 to tags/ : /products_tag_id_foreign/ },
  },
  {
    name: 'make a plain column of a reference',
    change: onProduct(({ properties }) => {
      delete properties.category;
      properties.categoryId = { type: 'integer', nullable: true };
    }),
    outcome: 'kept',
  },
  {
    name: 'add a reference of a table to itself',
    change: (zoo) =>
      void (category(zoo).properties.parent = { to: 'Category', nullable: true, deleteRule: 'set null' }),
    outcome: 'kept',
  },
  {
    name: 'change a table that refers to itself',
    before: (zoo) => void (category(zoo).properties.parent = { to: 'Category', nullable: true, deleteRule: 'cascade' }),
    rows: ['update categories set parent_id = 1 where id > 1'],
    change: (zoo) => void (category(zoo).properties.name = { type: 'text', nullable: true }),
    outcome: 'kept',
    afterwards: ['select count(*) as below from categories where parent_id = 1', { below: 23 }],
  },

  // ---- tables
  {
    name: 'add a table, and a many-to-many to it',
    change: (zoo) => {
      zoo.entities.Shop = {
        table: 'shops',
        properties: { id: { type: 'integer', primary: true, autoincrement: true }, name: { type: 'text' } },
        indexes: [],
        uniques: [],
        checks: [],
      };
      zoo.entities.ShopProduct = {
        table: 'shop_products',
        properties: {
          shop: { to: 'Shop', primary: true, deleteRule: 'cascade' },
          product: { to: 'Product', primary: true, deleteRule: 'cascade' },
        },
        indexes: [],
        uniques: [],
        checks: [],
      };
    },
    outcome: 'kept',
  },
  {
    name: 'drop a table',
    change: (zoo) => void delete zoo.entities.ProductTag,
    outcome: { create: /take away for good what is in product_tags/ },
  },
  {
    name: 'drop a table, allowed',
    change: (zoo) => void delete zoo.entities.ProductTag,
    answers: { allowsLosses: true },
    outcome: 'kept',
    lost: ['product_tags'],
  },
  {
    name: 'change several tables at once',
    change: (zoo) => {
      category(zoo).properties.name = { type: 'text', nullable: true };
      product(zoo).properties.name = { type: 'text', nullable: true };
      user(zoo).properties.role = roles('USER', 'CASHIER', 'ADMIN', 'OWNER');
    },
    outcome: 'kept',
  },

  // ---- what no entity describes
  { name: 'add a full-text index', change: fullText, outcome: 'kept', afterwards: [findMascara, { found: 1 }] },
  {
    name: 'change a table that a full-text index is about',
    before: fullText,
    change: onProduct(({ properties }) => void (properties.price = { type: 'text' })),
    outcome: 'kept',
    converted: { 'products.price': String },
    afterwards: [findMascara, { found: 1 }],
  },
  {
    name: 'remove a full-text index',
    before: fullText,
    change: (zoo) => void (zoo.objects = { sqlite: [], postgresql: [] }),
    outcome: 'kept',
  },
  {
    name: 'add a table that the code fills',
    change: positions,
    outcome: 'kept',
    lost: ['text_positions'],
    afterwards: ['select count(*) as positions from text_positions', { positions: 3 }],
  },
  {
    name: 'fill such a table with something else',
    before: positions,
    change: (zoo) => {
      for (const objects of [zoo.objects.sqlite, zoo.objects.postgresql] as SchemaObject[][])
        objects[0] = {
          ...(objects[0] as SchemaObject),
          create: 'create table text_positions (position integer primary key, width bigint)',
          fill: ['insert into text_positions values (1, 1), (2, 1)'],
        };
    },
    outcome: 'kept',
    lost: ['text_positions'],
    afterwards: ['select count(*) as positions from text_positions', { positions: 2 }],
  },
  {
    name: 'change a table with a trigger, and one that it writes to',
    before: lastChange,
    change: (zoo) => {
      product(zoo).properties.price = { type: 'text' };
      (zoo.entities.Change as EntityModel).properties.productId = { type: 'bigint' };
    },
    outcome: 'kept',
    converted: { 'products.price': String },
  },
];
