import type { PartQuery } from '../shared/text-parts.js';
import type { WordsQuery } from '../shared/search-words.js';
import { indexOf, toFts5, toTsquery } from './search-index.js';
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import { MADE_PRODUCT } from './made-entry.js';
import { COUNT_NUMBERS, JS_NUMBER } from './sqlite-functions.js';

/** A piece of SQL text with the parameters in it. */
export type Sql = RawBuilder<unknown>;

/** What a bound value is. An instant is a Date in the code. */
export type ValueType = 'text' | 'integer' | 'bigint' | 'float' | 'instant';

/**
 * What the two databases say differently; the compiler, the reads and the writes know no more of either than this.
 * Every `json*` piece is a value in the answer's final form, so that an answer needs no second pass.
 */
export interface Dialect {
  readonly kind: 'sqlite' | 'postgresql';
  /** Compiles a statement's text; its driver runs nothing. */
  readonly kysely: Kysely<unknown>;
  /** A JSON object of keys and JSON values, in that order. */
  jsonObject(entries: readonly (readonly [key: string, value: Sql])[]): Sql;
  /** The JSON array of an aggregate, empty where there are no rows. */
  jsonArrayOf(element: Sql, options?: { orderBy?: Sql; where?: Sql }): Sql;
  /** A JSON text. */
  jsonText(text: string): Sql;
  jsonBoolean(condition: Sql): Sql;
  /** A member of a text that is a JSON object; null where it has none of the name. */
  jsonMember(text: Sql, name: string): Sql;
  /** A key as an `ID`. */
  jsonId(column: Sql): Sql;
  /** A floating-point number, with the digits that JavaScript writes it with. */
  jsonFloat(column: Sql): Sql;
  /** Minor units as a decimal with two fraction digits. */
  jsonMoney(column: Sql): Sql;
  jsonInstant(column: Sql): Sql;
  /** RFC 3339 in UTC with milliseconds, as a text that is not JSON yet. */
  instantText(column: Sql): Sql;
  /** A sort key as text from which it can be read back exactly: an instant as epoch milliseconds, a text in hexadecimal. */
  cursorText(column: Sql, type: ValueType): Sql;
  /** A parameter of a type. */
  bind(parameter: unknown, type: ValueType): Sql;
  /** The id of the entry that a mutation answers; null stands for the one that PostgreSQL's transaction has made last. */
  entryId(parameter: unknown): Sql;
  /** What a value of a type is handed to the driver as. */
  toDriver(value: unknown, type: ValueType): unknown;
  /** Whether an expression is in a list that is bound as one parameter, whatever its length. */
  isIn(expression: Sql, list: unknown, type: 'text' | 'integer' | 'bigint'): Sql;
  /** What a list is handed to the driver as. */
  toDriverList(list: readonly unknown[]): unknown;
  /** Whether a text holds another one, byte by byte. */
  contains(text: Sql, part: Sql): Sql;
  /** A query of the index of a column's parts, or words, as it is bound. */
  toIndexQuery(query: PartQuery | WordsQuery): string;
  /** Whether the index of a column finds a row. */
  isIndexed(column: IndexedColumn, alias: string, query: Sql): Sql;
  /** The rows that such an index finds, to be read in the order of their ids. */
  indexed(column: IndexedColumn, alias: string, query: Sql): { from: Sql; where: Sql; id: Sql };
  /**
   * How many rows there are in a `from` and `where`, counted up to a limit. `along` is the key of an index of which they are
   * one stretch; undefined without it where the database might read more than it counts.
   */
  countUpTo(rows: Sql, most: Sql, along: Sql | undefined): Sql | undefined;
  /**
   * The first rows of one stretch of an index, as a from clause with all columns; left out where the database goes along the
   * index anyway.
   */
  firstRows?(table: string, alias: string, where: Sql, along: Sql, most: Sql): Sql;
  /** Whether it costs no more than its limit to count what such an index finds. */
  readonly countsLazily: boolean;
  /** The same of what such an index finds. */
  countIndexed(column: IndexedColumn, query: Sql, most: Sql): Sql;
  /** A column's value for a look at a row that is there already, where the database might search for it instead. */
  unindexed(column: Sql): Sql;
  /** Whether a key is among few that a subselect finds: they are looked up in the key's index, one by one. */
  isAmongFew(key: Sql, subselect: Sql): Sql;
  /** Whether a subselect finds something for a row, looked up for each row that comes, where the database might find it for all. */
  finds(subselect: Sql): Sql;
  /**
   * Whether a row is among all that an index finds, of which there may be many: the rows are read in the order of the
   * table. undefined where the database does so by itself.
   */
  amongMany?(id: Sql, ids: Sql): Sql;
  /** A condition to look at rows by as they come, where the database might look for the rows by it instead. */
  looked(condition: Sql): Sql;
  /** A condition that few rows fulfil, where the database might read all rows for it. */
  rare(condition: Sql): Sql;
  /** A sort key that is to be sorted by, where the database might go along an index instead. */
  sorted(column: Sql): Sql;
  /** The elements of a list that is bound as JSON, as a from clause with the column `value`. */
  elements(list: Sql): Sql;
  /** What a select has in `where` and in `limit` so that it looks for rows only if a condition holds that is not about them. */
  onlyIf(condition: Sql, limit: Sql): { where?: Sql; limit: Sql };
  /** The ids in a path such as "/1/5/", as a subselect. */
  idsInPath(path: Sql): Sql;
  /** Joins rows of a table to each row in the from clause before it, in the order of these. */
  joinedToEach(table: string, condition: Sql): Sql;
  /** Joins the row of a table that an id in the from clause before it names, looked up by its key. */
  lookedUp(table: string, alias: string, id: Sql): Sql;
  /**
   * The rows of a table that a link table leads to, as a from clause: each link's row is looked up by its key. The links
   * are called `link`.
   */
  linked(links: string, key: string, table: string, alias: string): Sql;
  /** A select of `id` and `count`: how many rows of a `from` and `where` have each value of a key, which may not be null. */
  countBy(key: Sql, from: Sql, where: Sql): Sql;
  /** The smaller of two integers. */
  least(a: Sql, b: Sql): Sql;
}

/** A column whose parts or words have an index of their own, see search-index.ts. */
export interface IndexedColumn {
  table: string;
  column: string;
  kind: 'parts' | 'words';
}

/** A name in quotes; "a.b" is column b of a. */
const ref = (name: string): Sql => sql.ref(name);

/** A constant in the statement's text. Only for what the code itself says, never for input. */
export const constant = (value: string | number | boolean | null): Sql => sql.lit(value);

/** The pieces, one after another, with something between. */
export const join = (pieces: readonly Sql[], separator: Sql): Sql => sql.join(pieces, separator);

/** Names of columns, one after another. */
export const namesOf = (columns: readonly string[]): Sql => sql.join(columns.map((name) => sql.ref(name)));

/** All the conditions together; true where there are none. */
export function and(conditions: readonly (Sql | undefined)[]): Sql {
  const given = conditions.filter((condition) => condition !== undefined);
  // In parentheses each: one that is an `or` must not swallow the others.
  const parts = given.map((condition) => sql`(${condition})`);
  return parts.length === 0 ? sql`1 = 1` : join(parts, sql` and `);
}

/** One of the conditions at least. */
export const or = (conditions: readonly Sql[]): Sql =>
  join(
    conditions.map((condition) => sql`(${condition})`),
    sql` or `,
  );

/** SQLite takes 1000 arguments to a function, and as little as 100 where it is built so: longer objects are put together from parts. */
const MOST_ENTRIES = 45;

function inParts(
  entries: readonly (readonly [string, Sql])[],
  object: (part: readonly (readonly [string, Sql])[]) => Sql,
  merge: (parts: Sql[]) => Sql,
): Sql {
  if (entries.length <= MOST_ENTRIES) return object(entries);
  const parts = Array.from({ length: Math.ceil(entries.length / MOST_ENTRIES) }, (_, index) =>
    object(entries.slice(index * MOST_ENTRIES, (index + 1) * MOST_ENTRIES)),
  );
  return merge(parts);
}

/** Key, value, key, value: the arguments of either database's function that makes an object. */
const alternating = (entries: readonly (readonly [string, Sql])[]) =>
  join(
    entries.map(([key, value]) => sql`${constant(key)}, ${value}`),
    sql`, `,
  );

function aggregate(name: string, element: Sql, { orderBy, where }: { orderBy?: Sql; where?: Sql }): Sql {
  const ordered = orderBy ? sql`${element} order by ${orderBy}` : element;
  const call = sql`${sql.raw(name)}(${ordered})`;
  return where ? sql`${call} filter (where ${where})` : call;
}

const SQLITE_TYPES: Record<ValueType, string> = {
  text: 'text',
  integer: 'integer',
  bigint: 'integer',
  float: 'real',
  instant: 'integer',
};

export const sqlite: Dialect = {
  kind: 'sqlite',
  kysely: new Kysely<unknown>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  jsonObject: (entries) =>
    inParts(
      entries,
      (part) => sql`json_object(${alternating(part)})`,
      (parts) => {
        const inner = parts.map((part) => sql`substr(${part}, 2, length(${part}) - 2)`);
        return sql`json('{' || ${join(inner, sql` || ',' || `)} || '}')`;
      },
    ),
  jsonArrayOf: (element, options = {}) => aggregate('json_group_array', element, options),
  jsonText: (text) => constant(text),
  jsonBoolean: (condition) => sql`json(iif(${condition}, 'true', 'false'))`,
  jsonMember: (text, name) => sql`json(${text} -> ${constant(name)})`,
  jsonId: (column) => sql`cast(${column} as text)`,
  // SQLite writes 5 as 5.0, and fifteen digits at most.
  jsonFloat: (column) => sql`json(${sql.raw(JS_NUMBER)}(${column}))`,
  jsonMoney: (column) => sql`printf('%d.%02d', ${column} / 100, ${column} % 100)`,
  jsonInstant: (column) => sqlite.instantText(column),
  instantText: (column) =>
    sql`strftime('%Y-%m-%dT%H:%M:%S', ${column} / 1000, 'unixepoch') || printf('.%03dZ', ${column} % 1000)`,
  cursorText(column, type) {
    if (type === 'text') return sql`hex(${column})`;
    // Seventeen digits bring every double back; a cast to text keeps fifteen.
    return type === 'float' ? sql`printf('%!.17g', ${column})` : sql`cast(${column} as text)`;
  },
  // A parameter by itself is an offer to plan for its value: SQLite would compile the statement anew at each run.
  bind: (parameter, type) => sql`cast(${parameter} as ${sql.raw(SQLITE_TYPES[type])})`,
  entryId: (parameter) => sqlite.bind(parameter, 'integer'),
  toDriver(value) {
    if (value instanceof Date) return value.getTime();
    return typeof value === 'boolean' ? Number(value) : value;
  },
  isIn: (expression, list) => sql`${expression} in (select value from json_each(${list}))`,
  toDriverList: (list) => JSON.stringify(list),
  contains: (text, part) => sql`instr(${text}, ${part}) > 0`,
  toIndexQuery: (query) => ('grams' in query ? toFts5.part(query) : toFts5.words(query)),
  isIndexed: (column, alias, query) => sql`${ref(`${alias}.id`)} in (select rowid from ${fts5(column)}(${query}))`,
  indexed: (column, alias, query) => ({
    // In this order: it is that of the ids, and the first rows are there before the last are found.
    from: sql`${fts5(column)}(${query}) as found cross join ${sql.table(column.table)} as ${ref(alias)}`,
    where: sql`${ref(`${alias}.id`)} = found.rowid`,
    id: sql`found.rowid`,
  }),
  countUpTo: (rows, most) => sql`(select count(*) from (select 1 from ${rows} limit ${most}))`,
  countsLazily: true,
  countIndexed: (column, query, most) =>
    sql`(select count(*) from (select 1 from ${fts5(column)}(${query}) limit ${most}))`,
  elements: (list) => sql`json_each(${list})`,
  unindexed: (column) => sql`+${column}`,
  isAmongFew: (key, subselect) => sql`${key} in (${subselect})`,
  finds: (subselect) => sql`exists (${subselect})`,
  amongMany: (id, ids) => sql`${id} in (${ids})`,
  looked: (condition) => condition,
  rare: (condition) => sql`likelihood(${condition}, 0.001)`,
  sorted: (column) => sql`+${column}`,
  // A condition of `where` would be asked for every row; a limit of nothing is known before the first one.
  onlyIf: (condition, limit) => ({ limit: sql`iif(${condition}, ${limit}, 0)` }),
  idsInPath: (path) => sql`select value from json_each('[' || replace(trim(${path}, '/'), '/', ',') || ']')`,
  joinedToEach: (table, condition) => sql`cross join ${sql.table(table)} on ${condition}`,
  lookedUp: (table, alias, id) => sql`cross join ${sql.table(table)} as ${ref(alias)} on ${ref(`${alias}.id`)} = ${id}`,
  linked: (links, key, table, alias) =>
    sql`${sql.table(links)} as link ${sqlite.lookedUp(table, alias, ref(`link.${key}`))}`,
  // SQLite sorts all rows to group them, which takes twice as long.
  countBy: (key, from, where) =>
    sql`select value ->> 0 as id, value ->> 1 as count from json_each((select ${sql.raw(COUNT_NUMBERS)}(group_concat(${key})) from ${from} where ${where}))`,
  least: (a, b) => sql`min(${a}, ${b})`,
};

const fts5 = ({ table, column }: IndexedColumn): Sql => sql.table(indexOf(table, column));

const POSTGRESQL_TYPES: Record<ValueType, string> = {
  text: 'text',
  integer: 'integer',
  bigint: 'bigint',
  float: 'double precision',
  instant: 'timestamptz',
};

/** PostgreSQL's pieces that are texts of JSON; every other piece is a value, and becomes one. */
const jsonTexts = new WeakSet<Sql>();

/**
 * Marks SQL that answers a `json*` piece, such as a subselect of it, as one itself. PostgreSQL's JSON is put together as
 * text, because its own functions write blanks that `JSON.stringify` does not, and take longer.
 */
export function asJson(piece: Sql): Sql {
  jsonTexts.add(piece);
  return piece;
}

const toJsonText = (piece: Sql) =>
  jsonTexts.has(piece) ? sql`coalesce(${piece}, 'null')` : sql`coalesce(to_json(${piece})::text, 'null')`;

/** The expression that has the index. */
const gin = ({ column, kind }: IndexedColumn, alias: string): Sql => {
  const text = ref(`${alias}.${column}`);
  return kind === 'parts' ? sql`text_grams(${text})` : sql`text_words(${text})`;
};

const ginRows = (column: IndexedColumn, query: Sql): Sql =>
  sql`${sql.table(column.table)} as entry where ${gin(column, 'entry')} @@ ${query}::tsquery`;

export const postgresql: Dialect = {
  kind: 'postgresql',
  kysely: new Kysely<unknown>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  }),
  jsonObject: (entries) => {
    if (entries.length === 0) return asJson(constant('{}'));
    // What stands between two values is one text: each `||` copies all that is in front of it.
    const pairs = entries.map(
      ([key, value], index) => sql`${constant(`${index === 0 ? '{' : ','}"${key}":`)} || ${toJsonText(value)}`,
    );
    return asJson(sql`${join(pairs, sql` || `)} || '}'`);
  },
  jsonArrayOf: (element, { orderBy, where } = {}) => {
    const order = orderBy ? sql` order by ${orderBy}` : sql``;
    const filter = where ? sql` filter (where ${where})` : sql``;
    return asJson(sql`coalesce('[' || string_agg(${toJsonText(element)}, ','${order})${filter} || ']', '[]')`);
  },
  jsonText: (text) => asJson(constant(JSON.stringify(text))),
  jsonBoolean: (condition) => asJson(sql`(${condition})::text`),
  jsonMember: (text, name) => asJson(sql`(${text}::json -> ${constant(name)})::text`),
  jsonId: (column) => asJson(sql`'"' || ${column} || '"'`),
  // JavaScript has an exponent below 1e-6 and from 1e21 on, PostgreSQL below 1e-4 and from 1e15 on.
  jsonFloat: (column) =>
    asJson(sql`case when ${column} = 0 then '0'
      when abs(${column}) >= 1e-4 and abs(${column}) < 1e15 then ${column}::text
      when abs(${column}) >= 1e-6 and abs(${column}) < 1e21 then ${column}::text::numeric::text
      else replace(${column}::text, 'e-0', 'e-') end`),
  jsonMoney: (column) => asJson(sql`'"' || ${column} / 100 || '.' || right((${column} % 100 + 100)::text, 2) || '"'`),
  jsonInstant: (column) => asJson(sql`'"' || ${postgresql.instantText(column)} || '"'`),
  instantText: (column) => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  cursorText(column, type) {
    if (type === 'text') return sql`upper(encode(convert_to(${column}, 'UTF8'), 'hex'))`;
    return type === 'instant' ? sql`(extract(epoch from ${column}) * 1000)::bigint::text` : sql`(${column})::text`;
  },
  bind: (parameter, type) => sql`${parameter}::${sql.raw(POSTGRESQL_TYPES[type])}`,
  entryId: (parameter) =>
    sql`coalesce(${parameter}::integer, nullif(current_setting(${constant(MADE_PRODUCT)}, true), '')::integer)`,
  toDriver: (value) => (value instanceof Date ? value.toISOString() : value),
  isIn: (expression, list, type) => sql`${expression} = any(${list}::${sql.raw(type)}[])`,
  toDriverList: (list) => list,
  contains: (text, part) => sql`strpos(${text}, ${part}) > 0`,
  toIndexQuery: (query) => ('grams' in query ? toTsquery.part(query) : toTsquery.words(query)),
  isIndexed: (column, alias, query) => sql`${gin(column, alias)} @@ ${query}::tsquery`,
  // `offset 0` keeps the planner from going along the ids instead, past all that the index does not find.
  indexed: (column, alias, query) => ({
    from: sql`(select * from ${ginRows(column, query)} offset 0) as ${ref(alias)}`,
    where: constant(true),
    id: ref(`${alias}.id`),
  }),
  // Told to go along the index: to find rows anywhere, the planner would read the table, or all of them before the first.
  countUpTo: (rows, most, along) =>
    along && sql`(select count(*) from (select 1 from ${rows} order by ${along} limit ${most}) as found)`,
  firstRows: (table, alias, where, along, most) =>
    sql`(select * from ${sql.table(table)} as ${ref(alias)} where ${where} order by ${along} limit ${most}) as ${ref(alias)}`,
  // A GIN index is read to the end before the first row is there.
  countsLazily: false,
  countIndexed: (column, query, most) =>
    sql`(select count(*) from (select 1 from ${ginRows(column, query)} limit ${most}) as found)`,
  onlyIf: (where, limit) => ({ where, limit }),
  elements: (list) => sql`json_array_elements_text(${list}::json) as element(value)`,
  unindexed: (column) => column,
  // Not `in`: the planner does not know that they are few, and would read the table to join it.
  isAmongFew: (key, subselect) => sql`${key} = any(array(${subselect}))`,
  // `offset 0` keeps the planner from hashing all that it might find.
  finds: (subselect) => sql`exists (${subselect} offset 0)`,
  looked: (condition) => sql`coalesce(${condition}, false)`,
  rare: (condition) => condition,
  sorted: (column) => sql`coalesce(${column}, ${column})`,
  idsInPath: (path) => sql`select unnest(string_to_array(nullif(trim(both '/' from ${path}), ''), '/'))::integer`,
  // The planner knows when to hash: it counts on the order of nothing.
  joinedToEach: (table, condition) => sql`join ${sql.table(table)} on ${condition}`,
  // `offset 0` keeps the planner from joining: it would hash the whole table, for each row that has links.
  lookedUp: (table, alias, id) =>
    sql`cross join lateral (select * from ${sql.table(table)} where id = ${id} offset 0) as ${ref(alias)}`,
  linked: (links, key, table, alias) =>
    sql`${sql.table(links)} as link ${postgresql.lookedUp(table, alias, ref(`link.${key}`))}`,
  countBy: (key, from, where) =>
    sql`select ${key} as id, count(*) as count from ${from} where ${where} group by ${key}`,
  least: (a, b) => sql`least(${a}, ${b})`,
};

export { ref };
