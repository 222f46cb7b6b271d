import { sql } from 'kysely';
import type { FieldScope } from '../database/compiler.js';
import type { Dialect, Sql } from '../database/dialect.js';
import type { Row } from '../database/reads.js';
import type { SchemaObject, SchemaObjects } from '../database/schema-objects.js';

/**
 * How many products each category and tag has, and how many active ones; and how many there are without a category. They
 * are kept by triggers in the transaction that changes them, whoever writes. A category has the number of its own products
 * only: what stands below it is summed up when it is asked for, so that a move, or a category that is hidden, changes no
 * number.
 *
 * On PostgreSQL many transactions may change one number at once. Whoever finds it locked by another one does not wait
 * but leaves a row in a table of changes, which the next one that gets the lock adds up. So a number is what stands in
 * the row and the changes beside it; nobody waits for anybody, and no two can wait for each other.
 */
const COUNTED = { categories: 'category', tags: 'tag', uncategorized_products: 'uncategorized' } as const;

/** The table of one row that has the numbers of the products without a category. */
const UNCATEGORIZED = 'uncategorized_products';

export type CountedTable = keyof typeof COUNTED;
export const COUNTED_TABLES = Object.keys(COUNTED) as CountedTable[];

/** Where PostgreSQL keeps changes of numbers that are still to be added up. */
export const changesOf = (table: CountedTable) => `${COUNTED[table]}_count_changes`;
const keyOf = (table: CountedTable) => `${COUNTED[table]}_id`;

/** How many products a category's or tag's row counts: all for staff, the active ones for others. */
export const countedProducts = (table: CountedTable, row: Row, { dialect, viewer }: FieldScope): Sql =>
  storedCount(table, columnFor(viewer), dialect, (name) => row.column(name));

/** How many products there are that the viewer sees: those of every category, and those of none. */
export const allProducts = (scope: FieldScope): Sql =>
  sql`(${sumOf('categories', scope)} + ${sumOf(UNCATEGORIZED, scope)})`;

/** How many products the viewer sees in no category: those of none, and those of categories that are hidden. */
export function uncategorizedProducts(scope: FieldScope): Sql {
  const none = sumOf(UNCATEGORIZED, scope);
  if (scope.viewer.isStaff) return none;
  const category = scope.newRow();
  const count = countedProducts('categories', category, scope);
  const hidden = sql`select sum(${count}) from categories as ${sql.ref(category.alias)} where not ${scope.visible('Category', category)}`;
  return sql`(${none} + coalesce((${hidden}), 0))`;
}

/** The numbers of all rows together. */
function sumOf(table: CountedTable, { dialect, viewer }: FieldScope): Sql {
  const column = sql.ref(columnFor(viewer));
  const sum = (from: string) => sql`coalesce((select sum(${column}) from ${sql.table(from)}), 0)`;
  return dialect.kind === 'sqlite' ? sum(table) : sql`(${sum(table)} + ${sum(changesOf(table))})`;
}

const columnFor = (viewer: FieldScope['viewer']) => (viewer.isStaff ? 'product_count' : 'active_product_count');

/** A number as it is kept, of a row with these columns. */
export function storedCount(
  table: CountedTable,
  column: string,
  { kind }: Dialect,
  columnOf: (name: string) => Sql = (name) => sql.ref(`${table}.${name}`),
): Sql {
  if (kind === 'sqlite') return columnOf(column);
  const [changes, key, id] = [sql.table(changesOf(table)), sql.ref(keyOf(table)), columnOf('id')];
  const sum = sql`select sum(change.${sql.ref(column)}) from ${changes} as change where ${key} = ${id}`;
  // Few have changes, if any: those are hashed once, and nothing is looked up for all others.
  const isChanged = sql`${id} in (select ${key} from ${changes})`;
  return sql`(${columnOf(column)} + case when ${isChanged} then (${sum}) else 0 end)`;
}

// ---- SQLite

const trigger = (table: string, name: string, when: string, statements: readonly string[]): SchemaObject => ({
  name,
  on: table,
  create: `create trigger ${name} ${when} begin ${statements.join('; ')}; end`,
  drop: `drop trigger ${name}`,
});

const add = (table: CountedTable, products: string, active: string, where: string) =>
  `update ${table} set product_count = product_count + ${products}, active_product_count = active_product_count + ${active} where ${where}`;

const addOwn = (id: string, products: string, active: string) => add('categories', products, active, `id = ${id}`);
const addTagged = (id: string, products: string, active: string) => add('tags', products, active, `id = ${id}`);
const addUncategorized = (products: string, active: string, where: string) =>
  add(UNCATEGORIZED, products, active, where);

const tagsOf = (product: string) => `(select tag_id from product_tags where product_id = ${product})`;

/** Whether a link's product is active; 0 where the product is going, and has taken its activity off its tags itself. */
const isActive = (product: string) => `coalesce((select is_active from products where id = ${product}), 0)`;

const sqliteTriggers: readonly SchemaObject[] = [
  trigger('products', 'products_count_insert', 'after insert on products when new.category_id is not null', [
    addOwn('new.category_id', '1', 'new.is_active'),
  ]),
  trigger('products', 'products_count_uncategorized', 'after insert on products when new.category_id is null', [
    addUncategorized('1', 'new.is_active', 'true'),
  ]),
  trigger('products', 'products_count_delete', 'before delete on products', [
    addOwn('old.category_id', '-1', '-old.is_active'),
    addUncategorized('-1', '-old.is_active', 'old.category_id is null'),
    `update tags set active_product_count = active_product_count - old.is_active where id in ${tagsOf('old.id')}`,
  ]),
  trigger(
    'products',
    'products_count_update',
    'after update of category_id, is_active on products when new.category_id is not old.category_id or new.is_active is not old.is_active',
    [
      addOwn('old.category_id', '-1', '-old.is_active'),
      addOwn('new.category_id', '1', 'new.is_active'),
      addUncategorized('-1', '-old.is_active', 'old.category_id is null'),
      addUncategorized('1', 'new.is_active', 'new.category_id is null'),
      `update tags set active_product_count = active_product_count + new.is_active - old.is_active where new.is_active is not old.is_active and id in ${tagsOf('new.id')}`,
    ],
  ),
  trigger('product_tags', 'product_tags_count_insert', 'after insert on product_tags', [
    addTagged('new.tag_id', '1', isActive('new.product_id')),
  ]),
  trigger('product_tags', 'product_tags_count_delete', 'after delete on product_tags', [
    addTagged('old.tag_id', '-1', `-${isActive('old.product_id')}`),
  ]),
  trigger('product_tags', 'product_tags_count_update', 'after update of product_id, tag_id on product_tags', [
    addTagged('old.tag_id', '-1', `-${isActive('old.product_id')}`),
    addTagged('new.tag_id', '1', isActive('new.product_id')),
  ]),
];

/** What counts new products and their tags on SQLite, row by row; made-counts.ts does so for many at once. */
export const madeCounts = {
  triggers: ['products_count_insert', 'products_count_uncategorized', 'product_tags_count_insert'],
  /** Each has three values: the products to add, the active ones among them, the id. */
  statements: {
    categories: addOwn('?', '?', '?'),
    tags: addTagged('?', '?', '?'),
    [UNCATEGORIZED]: addUncategorized('?', '?', 'id = ?'),
  } satisfies Record<CountedTable, string>,
};

// ---- PostgreSQL

const changesTable = (table: CountedTable): SchemaObject[] => [
  {
    name: changesOf(table),
    // No foreign key: its check would wait for who has the entry locked. Ids are never used again.
    create: `create table ${changesOf(table)} (${keyOf(table)} int not null, product_count int not null, active_product_count int not null)`,
    drop: `drop table ${changesOf(table)}`,
  },
  {
    name: `${changesOf(table)}_index`,
    on: changesOf(table),
    create: `create index ${changesOf(table)}_index on ${changesOf(table)} (${keyOf(table)})`,
    drop: `drop index ${changesOf(table)}_index`,
  },
];

const plpgsql = (name: string, signature: string, returns: string, body: string): SchemaObject => ({
  name,
  create: `create or replace function ${name}(${signature}) returns ${returns} language plpgsql as $$\n${body.trim()}\n$$`,
  drop: `drop function ${name}(${signature.replaceAll(/\w+ (\w+\[\])/g, '$1')})`,
});

/** So many entries are changed one by one: that takes half the time of statements that join arrays, as for one product. */
const FEW = 8;

/** Adds to the numbers of entries, where they are free, and leaves changes where they are not. */
const addCounts = (table: CountedTable): SchemaObject =>
  plpgsql(
    `add_${COUNTED[table]}_counts`,
    'given_ids int[], given_counts int[], given_actives int[]',
    'void',
    `
declare
  free int[] := '{}';
begin
  -- Within a cascade, which runs once for each row, changes are only left: the statement that set it off adds them up.
  if pg_trigger_depth() < 2 then
    if cardinality(given_ids) <= ${FEW} then
      for place in 1..cardinality(given_ids) loop
        if given_counts[place] = 0 and given_actives[place] = 0 then
          perform 1 from ${table} where id = given_ids[place] for no key update skip locked;
        else
          update ${table} set product_count = product_count + given_counts[place], active_product_count = active_product_count + given_actives[place]
          where id = (select id from ${table} where id = given_ids[place] for no key update skip locked);
        end if;
        continue when not found;
        free := free || given_ids[place];
      end loop;
    else
      free := array(select id from ${table} where id = any(given_ids) order by id for no key update skip locked);
      update ${table} set product_count = product_count + given.products, active_product_count = active_product_count + given.actives
      from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
      where ${table}.id = given.id and ${table}.id = any(free) and (given.products <> 0 or given.actives <> 0);
    end if;
    -- What others have left.
    if exists (select 1 from ${changesOf(table)} where ${keyOf(table)} = any(free)) then
      with folded as (
        delete from ${changesOf(table)} where ${keyOf(table)} = any(free) returning *
      ), total as (
        select ${keyOf(table)} as id, sum(product_count) as products, sum(active_product_count) as actives from folded group by 1
      )
      update ${table} set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
      from total where ${table}.id = total.id;
    end if;
    if cardinality(free) = cardinality(given_ids) then
      return;
    end if;
  end if;
  insert into ${changesOf(table)}
  select given.* from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
  where id <> all(free) and (products <> 0 or actives <> 0) and exists (select 1 from ${table} where ${table}.id = given.id);
end`,
  );

/** Adds what a query of id, products and active ones says. */
const addQueried = (table: CountedTable, query: string) => `
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (${query}) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_${COUNTED[table]}_counts(ids, counts, actives_);
  end if;`;

const declared = (...others: string[]) =>
  `declare\n${['ids int[]', 'counts int[]', 'actives_ int[]', ...others].map((one) => `  ${one};\n`).join('')}begin`;

const ownOf = (rows: string, sign: string) =>
  `select category_id, ${sign}1, ${sign}is_active::int from ${rows} where category_id is not null`;

/**
 * What rows of a trigger lead to, looked up one by one. The rows have no statistics, and a function keeps its plans:
 * joined, a table that was small at first would be read from end to end for ever. `offset 0` keeps the planner from that.
 */
const lookup = (select: string) => `lateral (${select} offset 0) as looked_up`;

const uncategorizedOf = (rows: string, sign: string) =>
  `select 1, ${sign}1, ${sign}is_active::int from ${rows} where category_id is null`;

/** Most statements are about products with a category: for them, one look. */
const addUncategorizedOf = (rows: string, sign: string) => `
  if exists (select 1 from ${rows} where category_id is null) then${addQueried(UNCATEGORIZED, uncategorizedOf(rows, sign))}
  end if;`;

/** A product whose link comes or goes must stay active, or not, until the link is there, or gone, for everybody. */
const linksOf = (rows: string, sign: string) =>
  `select tag_id, ${sign}1, ${sign}coalesce(held.is_active, false)::int from (select * from ${rows} order by product_id) as link left join lateral (select is_active from products where id = product_id for share) as held on true`;

const postgresqlFunctions: readonly SchemaObject[] = [
  addCounts('categories'),
  addCounts('tags'),
  addCounts(UNCATEGORIZED),
  plpgsql(
    'count_products_insert',
    '',
    'trigger',
    `${declared('made int', 'made_active int', 'made_in int')}
  select count(*), count(*) filter (where is_active), max(category_id) into made, made_active, made_in from added;
  -- Most statements make one, which needs no grouping.
  if made = 1 and made_in is not null then
    perform add_category_counts(array[made_in], array[made], array[made_active]);
    return null;
  end if;${addQueried('categories', ownOf('added', ''))}${addUncategorizedOf('added', '')}\n  return null;\nend`,
  ),
  plpgsql(
    'count_products_update',
    '',
    'trigger',
    `${declared()}
  if not exists (select 1 from added join removed using (id) where added.category_id is distinct from removed.category_id or added.is_active <> removed.is_active) then
    return null;
  end if;${addQueried('categories', `${ownOf('removed', '-')} union all ${ownOf('added', '')}`)}${addQueried(
    UNCATEGORIZED,
    `${uncategorizedOf('removed', '-')} union all ${uncategorizedOf('added', '')}`,
  )}${addQueried(
    'tags',
    `select tag_id, 0, added.is_active::int - removed.is_active::int from added join removed using (id) cross join ${lookup('select tag_id from product_tags where product_id = added.id')} where added.is_active <> removed.is_active`,
  )}\n  return null;\nend`,
  ),
  // Before the links go: afterwards nobody knows of which tags it was an active product.
  plpgsql(
    'count_product_delete',
    '',
    'trigger',
    `begin
  if old.is_active then
    insert into tag_count_changes select tag_id, 0, -1 from product_tags where product_id = old.id;
  end if;
  return old;
end`,
  ),
  plpgsql(
    'count_products_delete',
    '',
    'trigger',
    `${declared()}${addQueried('categories', ownOf('removed', '-'))}${addUncategorizedOf('removed', '-')}
  ids := array(select distinct tag_id from tag_count_changes);
  perform add_tag_counts(ids, array_fill(0, array[cardinality(ids)]), array_fill(0, array[cardinality(ids)]));
  return null;
end`,
  ),
  plpgsql(
    'count_links',
    '',
    'trigger',
    `${declared()}
  if tg_op = 'INSERT' then${addQueried('tags', linksOf('added', ''))}
  elsif tg_op = 'DELETE' then${addQueried('tags', linksOf('removed', '-'))}
  else${addQueried('tags', `${linksOf('removed', '-')} union all ${linksOf('added', '')}`)}
  end if;
  return null;
end`,
  ),
];

const statementTrigger = (table: string, event: 'insert' | 'update' | 'delete', call: string): SchemaObject => {
  const rows = [
    ...(event === 'insert' ? [] : ['old table as removed']),
    ...(event === 'delete' ? [] : ['new table as added']),
  ];
  const name = `${table}_count_${event}`;
  return {
    name,
    on: table,
    create: `create trigger ${name} after ${event} on ${table} referencing ${rows.join(' ')} for each statement execute function ${call}()`,
    drop: `drop trigger ${name} on ${table}`,
  };
};

const postgresqlTriggers: readonly SchemaObject[] = [
  statementTrigger('products', 'insert', 'count_products_insert'),
  statementTrigger('products', 'update', 'count_products_update'),
  statementTrigger('products', 'delete', 'count_products_delete'),
  {
    name: 'products_count_going',
    on: 'products',
    create:
      'create trigger products_count_going before delete on products for each row execute function count_product_delete()',
    drop: 'drop trigger products_count_going on products',
  },
  statementTrigger('product_tags', 'insert', 'count_links'),
  statementTrigger('product_tags', 'update', 'count_links'),
  statementTrigger('product_tags', 'delete', 'count_links'),
];

// ---- both

/** The numbers as they are when counted anew. */
export const RECOUNTS: Readonly<Record<CountedTable, { product_count: string; active_product_count: string }>> = {
  categories: {
    product_count: 'select count(*) from products where category_id = categories.id',
    active_product_count: 'select count(*) from products where category_id = categories.id and is_active',
  },
  tags: {
    product_count: 'select count(*) from product_tags where tag_id = tags.id',
    active_product_count:
      'select count(*) from product_tags join products on products.id = product_id where tag_id = tags.id and is_active',
  },
  uncategorized_products: {
    product_count: 'select count(*) from products where category_id is null',
    active_product_count: 'select count(*) from products where category_id is null and is_active',
  },
};

/** Writes the numbers anew. */
export const recount = (table: CountedTable): string => {
  const { product_count: all, active_product_count: active } = RECOUNTS[table];
  return `update ${table} set product_count = (${all}), active_product_count = (${active})`;
};

const uncategorizedTable = (fill: readonly string[]): SchemaObject => ({
  name: UNCATEGORIZED,
  create: `create table ${UNCATEGORIZED} (id integer primary key check (id = 1), product_count integer not null default 0, active_product_count integer not null default 0)`,
  drop: `drop table ${UNCATEGORIZED}`,
  fill: [...fill, `insert into ${UNCATEGORIZED} (id) values (1)`, recount(UNCATEGORIZED)],
});

const fills = [recount('categories'), recount('tags')];

/** What keeps the numbers; the last object counts what is there already. */
export const productCounts: SchemaObjects = {
  sqlite: withFill([uncategorizedTable([]), ...sqliteTriggers]),
  postgresql: withFill([
    ...changesTable('categories'),
    ...changesTable('tags'),
    // Whoever writes meanwhile finds the triggers there: nothing is counted twice, or by nobody.
    uncategorizedTable(['lock table products in share row exclusive mode']),
    ...changesTable(UNCATEGORIZED),
    ...postgresqlFunctions,
    ...postgresqlTriggers,
  ]),
};

function withFill(objects: readonly SchemaObject[]): SchemaObject[] {
  return objects.map((object, index) => (index === objects.length - 1 ? { ...object, fill: fills } : object));
}
