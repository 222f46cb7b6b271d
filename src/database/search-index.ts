import { END, type PartQuery } from '../shared/text-parts.js';
import type { WordQuery, WordsQuery } from '../shared/search-words.js';
import type { SchemaObject, SchemaObjects } from './schema-objects.js';
import type { SetBased } from './set-based.js';

/**
 * The indexes that find words and parts of texts, which no entity can describe. Both databases index the same: the
 * words that `search-words.ts` has computed, and the grams that `text-parts.ts` describes; neither database's own way
 * of splitting a text takes part.
 *
 * SQLite keeps them in FTS5 tables. Triggers note which rows these have to take in, so that statements of whatever origin
 * do so; search-backlog.ts takes them in. PostgreSQL has GIN indexes on expressions.
 */
export interface SearchedTable {
  table: string;
  /** The columns that are found by a part of their text. */
  parts: readonly string[];
  /** The columns that hold words. */
  words: readonly string[];
}

const SEARCHED: readonly SearchedTable[] = [
  { table: 'products', parts: ['name_key'], words: ['search_words'] },
  { table: 'categories', parts: ['name_key'], words: [] },
  { table: 'tags', parts: ['name_key'], words: [] },
  { table: 'users', parts: ['search_key'], words: [] },
];

/** The name of the index of a column; on SQLite that of the FTS5 table. */
export const indexOf = (table: string, column: string): string => `${table}_${column}_fts`;

/** The FTS5 tables of SQLite. */
export const fullTextTables: readonly string[] = SEARCHED.flatMap(({ table, parts, words }) =>
  [...parts, ...words].map((column) => indexOf(table, column)),
);

const FULL_TEXT_NAME = new RegExp(`\\b(?:${fullTextTables.join('|')})\\b`);

/** Whether a statement looks into an FTS5 table. */
export const looksIntoFullText = (text: string): boolean => FULL_TEXT_NAME.test(text);

// ---- queries, as the index takes them

/** What stands for a blank in a gram: FTS5 takes blanks for what parts its tokens. */
const BLANK = '\u2420';

/** A token that nothing has. */
const NOTHING = '"\u2404\u2404\u2404\u2404"';

const quotedToken = (text: string, isBeginning: boolean) =>
  `"${text.replaceAll('"', '""').replaceAll(' ', BLANK)}"${isBeginning ? ' *' : ''}`;

/** A text with a line's end is in no name, and FTS5 would take it for two tokens. */
const isFindable = ({ grams }: PartQuery) => grams.every((gram) => !/[\t\n\r]/.test(gram));

/** @see https://www.sqlite.org/fts5.html#full_text_query_syntax */
export const toFts5 = {
  part: (query: PartQuery): string =>
    isFindable(query) ? query.grams.map((gram) => quotedToken(gram, query.isBeginning)).join(' AND ') : NOTHING,
  words({ all, any, not }: WordsQuery): string {
    const token = ({ word, isBeginning }: WordQuery) => quotedToken(word, isBeginning);
    const parts = [...all.map(token), ...(any ? [`(${any.map(token).join(' OR ')})`] : [])];
    const positive = parts.join(' AND ');
    return not ? `(${positive}) NOT (${toFts5.words(not)})` : positive;
  },
};

const quotedLexeme = (text: string, isBeginning: boolean) =>
  `'${text.replaceAll(/['\\]/g, '$&$&')}'${isBeginning ? ':*' : ''}`;

/** @see https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY */
export const toTsquery = {
  part: ({ grams, isBeginning }: PartQuery): string => grams.map((gram) => quotedLexeme(gram, isBeginning)).join(' & '),
  words({ all, any, not }: WordsQuery): string {
    const lexeme = ({ word, isBeginning }: WordQuery) => quotedLexeme(word, isBeginning);
    const parts = [...all.map(lexeme), ...(any ? [`(${any.map(lexeme).join(' | ')})`] : [])];
    const positive = parts.join(' & ');
    return not ? `(${positive}) & !(${toTsquery.words(not)})` : positive;
  },
};

// ---- SQLite

/** What is no letter, digit or blank in ASCII; beyond, FTS5's own: it is to part tokens at blanks alone. */
const TOKEN_CHARACTERS = Array.from({ length: 0x5f }, (_, index) => String.fromCharCode(0x20 + index))
  .filter((character) => !/[a-zA-Z0-9 ]/.test(character))
  .map((character) => (character === "'" || character === '"' ? character.repeat(2) : character))
  .join('');

/** Longer texts are found by what stands in front. The rules of inputs allow less. */
const MOST_POSITIONS = 4096;

const positions: SchemaObject = {
  name: 'text_positions',
  create: 'create table text_positions (position integer primary key)',
  drop: 'drop table text_positions',
  fill: [
    'insert into text_positions with recursive counted(position) as ' +
      `(select 1 union all select position + 1 from counted where position < ${MOST_POSITIONS}) select position from counted`,
  ],
};

/** The text is put together once: with `replace` for each position it takes twice the time. */
const gramsOf = (column: string) =>
  `(with whole(entry) as materialized (select replace(${column}, ' ', '${BLANK}') || '${END}') select group_concat(substr(entry, position, 3), ' ') from whole, text_positions where position <= length(${column}) + 1)`;

interface IndexedColumn {
  column: string;
  /** The text of the tokens, of a row that a trigger or a select calls so. */
  tokensOf: (row: string) => string;
  prefixes: string;
}

const columnsOf = ({ parts, words }: SearchedTable): IndexedColumn[] => [
  ...parts.map((column) => ({ column, tokensOf: (row: string) => gramsOf(`${row}.${column}`), prefixes: '1 2' })),
  // A word of the name has its mark in front.
  ...words.map((column) => ({ column, tokensOf: (row: string) => `${row}.${column}`, prefixes: '1 2 3 4' })),
];

const fts5Table = (table: string, { column, tokensOf, prefixes }: IndexedColumn): SchemaObject => ({
  name: indexOf(table, column),
  create:
    `create virtual table ${indexOf(table, column)} using fts5(tokens, content='', contentless_delete=1, detail=none, ` +
    `prefix='${prefixes}', tokenize="ascii tokenchars '${TOKEN_CHARACTERS}'")`,
  drop: `drop table ${indexOf(table, column)}`,
  fill: [
    `insert into ${indexOf(table, column)} (rowid, tokens) select id, ${tokensOf('entry')} from ${table} as entry`,
  ],
});

const trigger = (table: string, event: string, when: string, statements: readonly string[]): SchemaObject => ({
  name: `${table}_${event}`,
  on: table,
  create: `create trigger ${table}_${event} ${when} begin ${statements.join('; ')}; end`,
  drop: `drop trigger ${table}_${event}`,
});

/**
 * Which rows of an index are still to be taken in, or out. FTS5 writes what it holds to the file at the end of each
 * statement that has triggers, as a piece of its own; so it takes them in together.
 */
export const backlogTable: SchemaObject = {
  name: 'search_backlog',
  create:
    'create table search_backlog (indexed text not null, id integer not null, primary key (indexed, id)) without rowid',
  drop: 'drop table search_backlog',
};

// Not `insert or ignore`: what a statement of somebody's own says of conflicts would hold in its triggers, too.
const note = (table: string, columns: readonly IndexedColumn[], id: string) =>
  columns.map(
    ({ column }) =>
      `insert into search_backlog (indexed, id) values ('${indexOf(table, column)}', ${id}) on conflict do nothing`,
  );

function sqliteObjects(searched: SearchedTable): SchemaObject[] {
  const { table } = searched;
  const columns = columnsOf(searched);
  return [
    ...columns.map((column) => fts5Table(table, column)),
    trigger(table, 'index_insert', `after insert on ${table}`, note(table, columns, 'new.id')),
    trigger(table, 'index_delete', `after delete on ${table}`, note(table, columns, 'old.id')),
    trigger(table, 'index_id', `after update of id on ${table} when new.id <> old.id`, [
      ...note(table, columns, 'old.id'),
      ...note(table, columns, 'new.id'),
    ]),
    ...columns.map((indexed) =>
      trigger(
        table,
        `index_${indexed.column}`,
        `after update of ${indexed.column} on ${table} when new.${indexed.column} is not old.${indexed.column}`,
        note(table, [indexed], 'new.id'),
      ),
    ),
  ];
}

/** Takes rows into an FTS5 table. @param rows a from clause that has their ids */
const takeIn = (table: string, { column, tokensOf }: IndexedColumn, rows: string) =>
  `insert into ${indexOf(table, column)} (rowid, tokens) select entry.id, ${tokensOf('entry')} from ${rows} cross join ${table} as entry on entry.id = noted.id`;

/** The statements that take in what the backlog of an FTS5 table notes. */
export interface BacklogStatements {
  /** The FTS5 table. */
  readonly indexed: string;
  readonly fill: readonly string[];
}

const backlogOf = (table: string, column: IndexedColumn): BacklogStatements => {
  const indexed = indexOf(table, column.column);
  const noted = `from search_backlog where indexed = '${indexed}'`;
  return {
    indexed,
    fill: [
      `delete from ${indexed} where rowid in (select id ${noted})`,
      takeIn(table, column, `(select id ${noted}) as noted`),
      `delete ${noted}`,
    ],
  };
};

export const backlogs: readonly BacklogStatements[] = SEARCHED.flatMap((searched) =>
  columnsOf(searched).map((column) => backlogOf(searched.table, column)),
);

/** Notes rows of an index by their ids, a JSON list: the commit takes them in anew, or out where they are gone. */
export const noteInBacklog =
  'insert into search_backlog (indexed, id) select ?, value from json_each(?) where true on conflict do nothing';

/** A column whose tokens an FTS5 table has. */
export interface FullTextColumn {
  readonly table: string;
  readonly column: string;
  /** The FTS5 table. */
  readonly indexed: string;
  /** The text of the tokens, of a row that a select calls so. */
  readonly tokensOf: (row: string) => string;
}

export const fullTextColumns: readonly FullTextColumn[] = SEARCHED.flatMap((searched) =>
  columnsOf(searched).map(({ column, tokensOf }) => ({
    table: searched.table,
    column,
    indexed: indexOf(searched.table, column),
    tokensOf,
  })),
);

/** Takes in all new rows of a table without noting each. */
export const indexAtOnce = (table: string): SetBased => ({
  triggers: [`${table}_index_insert`],
  statements: SEARCHED.filter((searched) => searched.table === table)
    .flatMap(columnsOf)
    .map((column) => takeIn(table, column, '(select value as id from json_each(?)) as noted')),
});

// ---- PostgreSQL

// The cost keeps the planner from computing it for rows, where there is the index. A loop: a select of the same costs
// three times as much at each write.
const textGrams: SchemaObject = {
  name: 'text_grams',
  create:
    'create or replace function text_grams(entry text) returns tsvector language plpgsql immutable strict parallel safe cost 10000 as ' +
    `$$ declare grams text[]; begin for position in 1..length(entry) + 1 loop grams[position] := substr(entry || '${END}', position, 3); end loop; ` +
    'return array_to_tsvector(grams); end $$',
  drop: 'drop function text_grams(text)',
};

const textWords: SchemaObject = {
  name: 'text_words',
  create:
    'create or replace function text_words(entry text) returns tsvector language plpgsql immutable strict parallel safe cost 10000 as ' +
    "$$ begin return array_to_tsvector(string_to_array(btrim(entry), ' ')); end $$",
  drop: 'drop function text_words(text)',
};

const ginIndex = (table: string, column: string, vector: SchemaObject): SchemaObject => ({
  name: indexOf(table, column),
  on: table,
  create: `create index ${indexOf(table, column)} on ${table} using gin (${vector.name}(${column}))`,
  drop: `drop index ${indexOf(table, column)}`,
});

const postgresqlObjects = ({ table, parts, words }: SearchedTable): SchemaObject[] => [
  ...parts.map((column) => ginIndex(table, column, textGrams)),
  ...words.map((column) => ginIndex(table, column, textWords)),
];

/** What staff looks for among the active, however few. */
const inactive = (table: string): SchemaObject => ({
  name: `${table}_inactive_index`,
  on: table,
  create: `create index ${table}_inactive_index on ${table} (id) where not is_active`,
  drop: `drop index ${table}_inactive_index`,
});

const INACTIVE = ['products', 'users'].map(inactive);

/** The rows whose words are still to be computed, so that it costs nothing to ask for them where there are none. */
const missingWords: SchemaObject = {
  name: 'products_search_words_missing',
  on: 'products',
  create: 'create index products_search_words_missing on products (id) where search_words is null',
  drop: 'drop index products_search_words_missing',
};

export const searchIndexes: SchemaObjects = {
  sqlite: [positions, backlogTable, missingWords, ...INACTIVE, ...SEARCHED.flatMap(sqliteObjects)],
  postgresql: [textGrams, textWords, missingWords, ...INACTIVE, ...SEARCHED.flatMap(postgresqlObjects)],
};
