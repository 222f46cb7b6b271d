import type { Database } from '../../src/database/database.js';
import { DATABASE } from './database.js';
import { rawQuery } from './raw-query.js';

/** What in the plan of a statement grows with a table: nothing, where the list is empty. */
export function growingSteps(database: Database, logged: string, growing: readonly string[]): Promise<string[]> {
  const { text, values } = parse(logged);
  return DATABASE === 'sqlite'
    ? sqliteSteps(database, text, values, growing)
    : postgresqlSteps(database, text, values, growing);
}

/** A statement of the log, with its values behind it. */
function parse(logged: string): { text: string; values: unknown[] } {
  const end = logged.lastIndexOf(' [');
  for (let at = end; at > 0; at = logged.lastIndexOf(' [', at - 1)) {
    try {
      return { text: logged.slice(0, at), values: JSON.parse(logged.slice(at + 1)) as unknown[] };
    } catch {
      // A value has such a bracket in it.
    }
  }
  throw new Error(`No values are logged with ${logged}`);
}

interface Step {
  id: number;
  parent: number;
  detail: string;
}

/**
 * A table may be read along an index in the order of the list, which a limit ends, and what is found through an index
 * may be sorted. Neither may a table be read from end to end to be sorted, nor for a subselect that nothing ends.
 */
async function sqliteSteps(
  database: Database,
  text: string,
  values: unknown[],
  growing: readonly string[],
): Promise<string[]> {
  const steps = await rawQuery<Step>(database, `explain query plan ${text}`, values);
  const tables = new Map(Array.from(text.matchAll(/"?(\w+)"? as "(t\d+)"/g), ([, table, alias]) => [alias, table]));
  const isScan = ({ detail }: Step) => {
    const name = /^SCAN (\w+)/.exec(detail)?.[1] ?? '';
    return growing.includes(tables.get(name) ?? name) && !/VIRTUAL TABLE|USING INDEX \w+_inactive_index/.test(detail);
  };
  return steps.filter(isScan).flatMap((scan) => {
    const beside = steps.filter(({ parent }) => parent === scan.parent);
    const around = steps.find(({ id }) => id === scan.parent)?.detail ?? '';
    const isSorted = beside.some(({ detail }) => detail.startsWith('USE TEMP B-TREE'));
    return isSorted || /^(LIST|CORRELATED LIST)/.test(around) ? [`${around}: ${scan.detail}`] : [];
  });
}

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Plan Rows': number;
  Plans?: Node[];
}

/** No table is read from end to end without its index, or by several processes; a sort has less than a tenth of one to sort. */
async function postgresqlSteps(
  database: Database,
  text: string,
  values: unknown[],
  growing: readonly string[],
): Promise<string[]> {
  const [row] = await rawQuery<{ 'QUERY PLAN': { Plan: Node }[] }>(database, `explain (format json) ${text}`, values);
  const steps: string[] = [];
  const walk = (node: Node): void => {
    const { 'Node Type': type, 'Relation Name': relation = '', Plans: below = [] } = node;
    if (type === 'Seq Scan' && growing.includes(relation)) steps.push(`${type} on ${relation}`);
    if (type.startsWith('Gather')) steps.push(type);
    if (type === 'Sort' && below.some((child) => isWhole(child, growing)))
      steps.push(`${type} of ${below[0]?.['Node Type']}`);
    for (const child of below) walk(child);
  };
  if (row?.['QUERY PLAN'][0]) walk(row['QUERY PLAN'][0].Plan);
  return steps;
}

const isWhole = (node: Node, growing: readonly string[]) =>
  growing.includes(node['Relation Name'] ?? '') &&
  /^(Index|Index Only|Seq) Scan$/.test(node['Node Type']) &&
  node['Plan Rows'] > MANY / 10;

/** Rows of products in the database that the plans are made for. */
export const MANY = 60_000;

/** Fills a catalogue by statements of its own, and lets the database look at it. */
export async function fillForPlans(database: Database): Promise<void> {
  const isSqlite = DATABASE === 'sqlite';
  const at = isSqlite ? '1700000000000 + n' : "timestamptz '2026-01-01' + n * interval '1 second'";
  const numbers = isSqlite
    ? '(select (a.position - 1) * 200 + b.position as n from text_positions as a, text_positions as b where a.position <= 300 and b.position <= 200) as numbers'
    : 'generate_series(1, 60000) as n';
  const fields = 'created_at, updated_at, slug, name, name_key';
  // An event for each row would take longer than all the rest; some are made below.
  for (const table of isSqlite ? [] : ['products', 'product_tags', 'users'])
    await rawQuery(database, `alter table ${table} disable trigger ${table}_event_insert`);
  const named = (noun: string) => `${at}, ${at}, '${noun}-' || n, '${noun} ' || n, '${noun} ' || n`;
  const kind = "(case n % 5 when 0 then 'mug ' else 'lamp ' end)";
  const on = isSqlite ? '1' : 'true';
  await rawQuery(
    database,
    `insert into categories (${fields}, ancestor_path, is_visible) select ${named('category')}, '/', ${on} from ${numbers} where n <= 300`,
  );
  await rawQuery(database, `insert into tags (${fields}) select ${named('tag')} from ${numbers} where n <= 300`);
  await rawQuery(
    database,
    `insert into products (${fields}, search_words, price_shmeckles, price_flurbos, stock, rating, rating_key, is_active, category_id) ` +
      `select ${at}, ${at}, 'product-' || n, ${kind} || n, ${kind} || n, ' =' || ${kind} || '=' || n || ' ' || ${kind} || n || ' blue' || n % 50 || ' ', n % 5000, n % 3000, n % 100, n % 5, n % 5, n % 20 > 0, n % 300 + 1 from ${numbers}`,
  );
  await rawQuery(
    database,
    `insert into product_tags (product_id, tag_id) select n, n % 300 + 1 from ${numbers} union all select n, (n + 7) % 300 + 1 from ${numbers}`,
  );
  await rawQuery(
    database,
    `insert into users (created_at, updated_at, slug, username, username_key, first_name, last_name, search_key, last_name_key, age, role, is_active) ` +
      `select ${at}, ${at}, 'user-' || n, 'user' || n, 'user' || n, 'A', 'B' || n, 'user' || n || case n % 5 when 0 then ' q' else ' b' end || n, 'b' || n, n % 90, 'USER', n % 50 > 0 from ${numbers} where n <= 10000`,
  );
  if (!isSqlite)
    await rawQuery(
      database,
      `insert into events (type, entity, entity_id, label, changes, actor_id, source, occurred_at) ` +
        `select 'product.' || (case n % 3 when 0 then 'created' else 'updated' end), 'PRODUCT', n % 20000 + 1, 'mug', '[]', n % 50, 'SQL', ${at} from ${numbers}`,
    );
  // Nobody looks at an SQLite file for the service; PostgreSQL does so by itself.
  if (!isSqlite) await rawQuery(database, 'analyze');
}
