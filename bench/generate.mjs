// A catalogue of any size, the same each time, written by the database itself: five million products take minutes.

import { readFileSync } from 'node:fs';

const CATEGORIES = 500;
const TAGS = 200;

/** Names of real products, from the demo's catalogue. */
function productNames() {
  const lines = readFileSync(new URL('../demo/catalogue.ndjson', import.meta.url), 'utf8').split('\n');
  const entries = lines.filter(Boolean).map((line) => JSON.parse(line));
  // Plain ones, whose lower case is the same everywhere.
  return entries.filter(({ type, name }) => type === 'product' && /^[\w -]+$/.test(name)).map(({ name }) => name);
}

/** Numbers that look random: a hash of the row's number and a salt, below a limit. */
const pick = (n, salt, limit) => `((${n} * 2654435761 + ${salt} * 40503) % 1000003 % ${limit})`;

/** Fills an empty database with products, in categories of four levels and with one to five tags each. */
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

  const indexes = await takeIndexes(run, kind);
  await run('create table bench_names (n integer primary key, name text)');
  for (const [index, name] of names.entries())
    await run(`insert into bench_names values (${index}, '${name.replaceAll("'", "''")}')`);
  await run(`insert into products (created_at, updated_at, name, name_key, slug, description, image_url,
      price_shmeckles, price_flurbos, stock, rating, rating_key, is_active, category_id)
    select ${later(kind, now)}, ${later(kind, now)}, name || ' ' || s.n, lower(name || ' ' || s.n), 'product-' || s.n,
      name || ', as good as number ' || s.n || ': every home should have one, and nobody knows what it does.',
      'https://shop.example/images/' || s.n || '.webp',
      50 + ${pick('s.n', 1, 99_900)}, 5 + ${pick('s.n', 2, 9990)}, ${pick('s.n', 3, 500)},
      ${pick('s.n', 4, 51)} / 10.0, ${pick('s.n', 4, 51)} / 10.0,
      ${kind === 'sqlite' ? `${pick('s.n', 5, 20)} > 0` : `(${pick('s.n', 5, 20)} > 0)`}, ${skewed('s.n', 6, CATEGORIES)}
    from ${series(products)} join bench_names on bench_names.n = ${pick('s.n', 7, names.length)} order by s.n`);
  await run('drop table bench_names');
  await run(`insert into product_tags (product_id, tag_id)
    select distinct s.n, ${skewed('(s.n * 5 + k.n)', 8, TAGS)} from ${series(products)}
    join ${series(5).replace(/ as s(\(n\))?$/, ' as k$1')} on k.n <= 1 + ${pick('s.n', 9, 5)}`);
  for (const index of indexes) await run(index);
};

/** A second apart each. */
const later = (kind, now) => (kind === 'sqlite' ? `${now} + s.n * 1000` : `${now} + s.n * interval '1 second'`);

/** The first of them are much more common than the last. */
const skewed = (n, salt, limit) => `(1 + ${pick(n, salt, limit)} * ${pick(n, salt + 10, limit)} / ${limit})`;

/** Drops the indexes of the tables that get most rows. @returns the statements that make them again */
async function takeIndexes(run, kind) {
  const rows =
    kind === 'sqlite'
      ? await run(
          `select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in ('products', 'product_tags')`,
        )
      : await run(
          `select indexname as name, indexdef as sql from pg_indexes where tablename in ('products', 'product_tags')
           and indexname not in (select conname from pg_constraint)`,
        );
  for (const { name } of rows) await run(`drop index "${name}"`);
  return rows.map(({ sql }) => sql);
}
