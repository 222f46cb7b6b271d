import type { Direction, MigrationMarks } from './migration-file.js';
import { LOG_TABLE } from './migration-log.js';
import type { Session } from './session.js';
import { literal, quoted } from './sql-text.js';

/** How many rows each table holds, and how many values each of its columns. */
export type RowCounts = ReadonlyMap<string, TableCount>;

export interface TableCount {
  readonly rows: number;
  /** By column, without those that the database computes. */
  readonly values: ReadonlyMap<string, number>;
}

/** Counts every table of an SQLite database that holds rows of its own. */
export async function countRows(session: Session): Promise<RowCounts> {
  const tables = await session.all<{ name: string }>(
    `select name from pragma_table_list where schema = 'main' and type = 'table'
       and name not like 'sqlite\\_%' escape '\\' and name <> ${literal(LOG_TABLE)} order by name`,
  );
  const counts = new Map<string, TableCount>();
  for (const { name } of tables) counts.set(name, await countTable(session, name));
  return counts;
}

async function countTable(session: Session, table: string): Promise<TableCount> {
  const columns = await session.all<{ name: string }>(
    `select name from pragma_table_xinfo(${literal(table)}) where hidden = 0 order by cid`,
  );
  const names = columns.map(({ name }) => name);
  const counted = names.map((name, index) => `count(${quoted(name)}) as "${index}"`);
  const [row = {}] = await session.all<Record<string, number>>(
    `select ${['count(*) as "rows"', ...counted].join(', ')} from ${quoted(table)}`,
  );
  return { rows: row.rows ?? 0, values: new Map(names.map((name, index) => [name, row[index] ?? 0])) };
}

/** Whether there is any row that the code has not put there itself. */
export const holdsRows = (counts: RowCounts, ownTables: readonly string[]): boolean =>
  [...counts].some(([table, { rows }]) => rows > 0 && !ownTables.includes(table));

/** What a migration did to rows: on purpose, by its own marks, and beyond them. */
export interface RowChanges {
  /** In words, such as `products.brand: 12 values`. */
  readonly marked: readonly string[];
  readonly unmarked: readonly string[];
}

/**
 * Compares the counts from before and after a migration. A table or column that was empty has nothing to lose.
 * @param journals tables that may have more rows than before
 */
export function compareCounts(
  before: RowCounts,
  after: RowCounts,
  marks: MigrationMarks,
  direction: Direction,
  journals: readonly string[] = [],
): RowChanges {
  const renames = renamesOf(marks, direction);
  const purpose = new Set([...(marks.loses?.[direction] ?? []), ...(marks.changes ?? [])]);
  const [marked, unmarked]: [string[], string[]] = [[], []];
  const tell = (names: readonly string[], text: string) =>
    (names.some((name) => purpose.has(name)) ? marked : unmarked).push(text);

  for (const [table, { rows, values }] of before) {
    const newTable = renames.get(table) ?? table;
    const now = after.get(newTable);
    if (!now) {
      if (rows > 0) tell([table], `${table}: ${amount(rows, 'row')}`);
      continue;
    }
    if (now.rows > rows && journals.includes(newTable)) continue;
    if (now.rows !== rows) {
      tell([table, newTable], `${table}: ${amount(rows, 'row')} before, ${now.rows} after`);
      continue;
    }
    for (const [column, count] of values) {
      const names = [`${table}.${column}`, table, newTable];
      const nowCount = now.values.get(nameOf(renames.get(`${table}.${column}`)) ?? column);
      if (nowCount === undefined && count > 0) tell(names, `${table}.${column}: ${amount(count, 'value')}`);
      else if (nowCount !== undefined && nowCount !== count)
        tell(names, `${table}.${column}: ${amount(count, 'value')} before, ${nowCount} after`);
    }
  }
  return { marked, unmarked };
}

function renamesOf({ renames = {} }: MigrationMarks, direction: Direction): Map<string, string> {
  const entries = Object.entries(renames);
  return new Map(direction === 'up' ? entries : entries.map(([from, to]) => [to, from]));
}

const nameOf = (column: string | undefined) => column?.split('.').at(-1);
const amount = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
