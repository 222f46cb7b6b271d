// A catalogue of any size, the same each time, written by the database itself: five million products take minutes.

import { readFileSync } from 'node:fs';
import { CATALOGUE } from '../dist/src/database/orm.js';
import { fullTextTables } from '../dist/src/database/search-index.js';
import { mergeSearchIndexes } from '../dist/src/database/search-index-merge.js';
import { COUNTED_TABLES, recount } from '../dist/src/product/product-counts.js';
import { searchableWords } from '../dist/src/shared/search-words.js';

const CATEGORIES = 500;
const TAGS = 200;

/** The tables that get most rows. */
const FILLED = ['products', 'product_tags'];
const FILLED_NAMES = FILLED.map((name) => `'${name}'`).join(', ');

/** Names of real products, from the demo's catalogue. */
function productNames() {
  const lines = readFileSync(new URL('../demo/catalogue.ndjson', import.meta.url), 'utf8').split('\n');
  const entries = lines.filter(Boolean).map((line) => JSON.parse(line));
  // Plain ones, whose lower case is the same everywhere.
  return entries.filter(({ type, name }) => type === 'product' && /^[\w -]+$/.test(name)).map(({ name }) => name);
}

/** Numbers that look random: a hash of the row's number and a salt, below a limit. */
const pick = (n, salt, limit) => `((${n} * 2654435761 + ${salt} * 40503) % 1000003 % ${limit})`;

/** Stands for a product's number where its words are computed: it is a word, and no name has it. */
const NUMBER = 'qqnumberqq';

const descriptionOf = (name) =>
  `${name}, as good as number ${NUMBER}: every home should have one, and nobody knows what it does.`;

/**
 * Fills an empty database with products, in categories of four levels and with one to five tags each. No trigger runs and
 * no index is written meanwhile: what they would have come to is made from the whole afterwards, but for events.
 */
export const generating = (products) => async (database) => {
  const { kind } = database.dialect;
  const connection = database.orm.em.getConnection();
  const run = (statement) => connection.execute(statement);
  const now = kind === 'sqlite' ? '1767225600000' : `timestamptz '2026-01-01T00:00:00Z'`;
  const series = (count) =>
    kind === 'sqlite'
      ? `(with recursive s(n) as (select 1 union all select n + 1 from s where n < ${count}) select n from s) as s`
      : `generate_series(1, ${count}) as s(n)`;
  const yes = kind === 'sqlite' ? '1' : 'true';
  const names = productNames();

  await run(`insert into tags (created_at, updated_at, name, name_key, slug)
    select ${now}, ${now}, 'tag ' || n, 'tag ' || n, 'tag-' || n from ${series(TAGS)}`);
  // 5 roots, and 4 to 20 below each of the three levels that follow.
  await run(`insert into categories (created_at, updated_at, name, name_key, slug, is_active, is_visible, parent_id, ancestor_path)
    select ${now}, ${now}, 'Category ' || n, 'category ' || n, 'category-' || n, ${yes}, ${yes},
      case when n <= 5 then null when n <= 25 then (n - 6) % 5 + 1 when n <= 120 then (n - 26) % 20 + 6 else (n - 121) % 95 + 26 end, '/'
    from ${series(CATEGORIES)}`);
  // Each level's path is its parent's and the parent's id.
  for (let level = 1; level < 4; level += 1)
    await run(`update categories set ancestor_path =
      (select above.ancestor_path || above.id || '/' from categories as above where above.id = categories.parent_id)
      where parent_id is not null`);

  if (kind === 'sqlite') await run('pragma cache_size = -262144');
  const triggers = await takeTriggers(run, kind);
  const indexes = await takeIndexes(run, kind);
  await run('create table bench_names (n integer primary key, name text, description text, words text)');
  for (const [index, name] of names.entries()) {
    const description = descriptionOf(name);
    const words = searchableWords(`${name} ${NUMBER}`, description);
    await run(`insert into bench_names values (${index}, ${[name, description, words].map(quoted).join(', ')})`);
  }
  await run(`insert into products (created_at, updated_at, name, name_key, slug, search_words, description, image_url,
      price_shmeckles, price_flurbos, stock, rating, rating_key, is_active, category_id)
    select ${later(kind, now)}, ${later(kind, now)}, name || ' ' || s.n, lower(name || ' ' || s.n), 'product-' || s.n,
      replace(words, '${NUMBER}', cast(s.n as text)), replace(description, '${NUMBER}', cast(s.n as text)),
      'https://shop.example/images/' || s.n || '.webp',
      50 + ${pick('s.n', 1, 99_900)}, 5 + ${pick('s.n', 2, 9990)}, ${pick('s.n', 3, 500)},
      ${pick('s.n', 4, 51)} / 10.0, ${pick('s.n', 4, 51)} / 10.0,
      ${kind === 'sqlite' ? `${pick('s.n', 5, 20)} > 0` : `(${pick('s.n', 5, 20)} > 0)`}, ${skewed('s.n', 6, CATEGORIES)}
    from ${series(products)} join bench_names on bench_names.n = ${pick('s.n', 7, names.length)} order by s.n`);
  await run('drop table bench_names');
  await run(`insert into product_tags (product_id, tag_id, category_id)
    select distinct s.n, ${skewed('(s.n * 5 + k.n)', 8, TAGS)}, ${skewed('s.n', 6, CATEGORIES)} from ${series(products)}
    join ${series(5).replace(/ as s(\(n\))?$/, ' as k$1')} on k.n <= 1 + ${pick('s.n', 9, 5)}`);
  for (const index of indexes) await run(index);
  if (kind === 'sqlite') await fillFullText(run);
  for (const table of COUNTED_TABLES) await run(recount(table));
  for (const trigger of triggers) await run(trigger);
  await mergeSearchIndexes(database);
};

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

/** A second apart each. */
const later = (kind, now) => (kind === 'sqlite' ? `${now} + s.n * 1000` : `${now} + s.n * interval '1 second'`);

/** The first of them are much more common than the last. */
const skewed = (n, salt, limit) => `(1 + ${pick(n, salt, limit)} * ${pick(n, salt + 10, limit)} / ${limit})`;

/** Takes the triggers off the tables that get most rows. @returns the statements that put them back */
async function takeTriggers(run, kind) {
  if (kind === 'postgresql') {
    // Those of foreign keys, too, which look up each row: so it takes a superuser.
    for (const table of FILLED) await run(`alter table ${table} disable trigger all`);
    return FILLED.map((table) => `alter table ${table} enable trigger all`);
  }
  const rows = await run(
    `select name, sql from sqlite_master where type = 'trigger' and tbl_name in (${FILLED_NAMES})`,
  );
  for (const { name } of rows) await run(`drop trigger "${name}"`);
  return rows.map(({ sql }) => sql);
}

/** What is kept in memory of a full-text table before it is written, in bytes: each piece is merged with others later. */
const HASH_SIZE = 64 * 1024 * 1024;

async function fillFullText(run) {
  const filled = CATALOGUE.objects.sqlite.filter(
    ({ name }) => fullTextTables.includes(name) && name.startsWith('products_'),
  );
  for (const { name, fill } of filled) {
    await run(`insert into ${name} (${name}, rank) values ('hashsize', ${HASH_SIZE})`);
    for (const statement of fill) await run(statement);
    // As it is by itself.
    await run(`insert into ${name} (${name}, rank) values ('hashsize', ${1024 * 1024})`);
  }
}

/** Drops the indexes of the tables that get most rows. @returns the statements that make them again */
async function takeIndexes(run, kind) {
  const rows =
    kind === 'sqlite'
      ? await run(
          `select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in (${FILLED_NAMES})`,
        )
      : await run(
          `select indexname as name, indexdef as sql from pg_indexes where tablename in (${FILLED_NAMES})
           and indexname not in (select conname from pg_constraint)`,
        );
  for (const { name } of rows) await run(`drop index "${name}"`);
  return rows.map(({ sql }) => sql);
}
