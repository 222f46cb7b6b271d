import type Sqlite from 'better-sqlite3';
import type { Config } from '../config.js';
import { boundQuery } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import { type FullTextColumn, fullTextColumns, fullTextTables, noteInBacklog } from '../database/search-index.js';
import { IN_MEMORY, openReader } from '../database/sqlite.js';
import { unitOfWork } from '../database/unit-of-work.js';
import type { Id } from '../shared/id.js';
import type { CheckOptions, CheckOutcome } from './wrong.js';

/** Rows that are compared at once: of each, four bytes are kept. */
const BLOCK = 1_000_000;

/** Rows that are noted in one transaction. */
const NOTED_AT_ONCE = 1000;

/** Whether the search index has of each row what it should. */
export async function checkFullText(
  config: Config['database'],
  database: Database,
  options: CheckOptions,
): Promise<CheckOutcome> {
  const found =
    config.kind === 'sqlite'
      ? await checkTables(config.path, database, options)
      : await checkIndexes(database, options);
  return { found, left: options.repairs ? 0 : found };
}

/** PostgreSQL makes the index from the rows itself: it is not right only where making it was broken off. */
async function checkIndexes(database: Database, { repairs, onWrong }: CheckOptions): Promise<number> {
  const { rows } = await database.query<{ name: string }>({
    text: 'select relname as name from pg_index join pg_class on oid = indexrelid where not indisvalid and relname = any($1)',
    values: [fullTextTables],
  });
  for (const { name } of rows) {
    if (repairs) await database.query({ text: `reindex index ${name}` });
    onWrong(`index ${name}: not valid`);
  }
  return rows.length;
}

/**
 * Compares what SQLite's full-text tables have of each row with the tokens of its text. They hold no text themselves: so
 * what they have is read token by token, and each token is added to its row's sum where it should be, and taken off
 * where it is.
 */
async function checkTables(path: string, database: Database, options: CheckOptions): Promise<number> {
  // A database in memory is of this process alone.
  if (path === IN_MEMORY) return 0;
  let found = 0;
  for (const column of fullTextColumns) {
    const wrong = wrongRows(path, column, options);
    if (options.repairs) await repair(database, column, wrong);
    for (const id of wrong) options.onWrong(`${column.table} ${id}: not found by its ${column.column}`);
    found += wrong.length;
  }
  return found;
}

function wrongRows(path: string, column: FullTextColumn, options: CheckOptions): Id[] {
  const reader = openReader(path);
  try {
    // One moment of the database for all that is compared.
    reader.exec('begin');
    return new FullTextReader(reader, column).wrongRows(options);
  } finally {
    reader.close();
  }
}

/** What a commit does with the backlog is what makes an index right. */
async function repair(database: Database, { indexed }: FullTextColumn, ids: readonly Id[]): Promise<void> {
  for (let from = 0; from < ids.length; from += NOTED_AT_ONCE) {
    const some = JSON.stringify(ids.slice(from, from + NOTED_AT_ONCE));
    await unitOfWork(database, (em) => boundQuery(em, noteInBacklog, [indexed, some]));
  }
}

class FullTextReader {
  constructor(
    private readonly reader: Sqlite.Database,
    private readonly column: FullTextColumn,
  ) {
    reader.exec(`create virtual table temp.tokens using fts5vocab(main, '${column.indexed}', 'instance')`);
  }

  wrongRows({ onProgress }: CheckOptions): Id[] {
    const { table, indexed } = this.column;
    const total = this.numberOf(`select count(*) from ${table}`);
    const largest = this.numberOf(
      `select max(coalesce((select max(id) from ${table}), 0), coalesce((select max(id) from ${indexed}_docsize), 0))`,
    );
    // What is noted has still to be taken in.
    const isNoted = this.reader
      .prepare<[number], number>(`select 1 from search_backlog where indexed = '${indexed}' and id = ?`)
      .pluck();
    const wrong: Id[] = [];
    let done = 0;
    for (let first = 0; first <= largest; first += BLOCK) {
      const sums = new Uint32Array(Math.min(BLOCK, largest - first + 1));
      done += this.addExpected(sums, first);
      this.takeOffActual(sums, first);
      onProgress?.(done, total);
      for (const [index, sum] of sums.entries())
        if (sum !== 0 && isNoted.get(first + index) === undefined) wrong.push(first + index);
    }
    return wrong;
  }

  /** Adds the tokens that rows should have. @returns how many rows */
  private addExpected(sums: Uint32Array, first: Id): number {
    const { table, tokensOf } = this.column;
    const rows = this.reader
      .prepare<[number, number], [number, string | null]>(
        `select id, ${tokensOf('entry')} from ${table} as entry where id >= ? and id < ?`,
      )
      .raw()
      .iterate(first, first + sums.length);
    let count = 0;
    for (const [id, text] of rows) {
      let sum = 0;
      for (const token of tokensIn(text ?? '')) sum += hashOf(token);
      sums[id - first] = sum;
      count += 1;
    }
    return count;
  }

  /** Takes off those that they have. */
  private takeOffActual(sums: Uint32Array, first: Id): void {
    const end = first + sums.length;
    const rows = this.reader.prepare<[], [string, number]>('select term, doc from temp.tokens').raw().iterate();
    let [last, hash] = ['', 0];
    for (const [term, id] of rows) {
      // In the order of terms: each is hashed once.
      if (term !== last) [last, hash] = [term, hashOf(term)];
      if (id >= first && id < end) sums[id - first] = (sums[id - first] ?? 0) - hash;
    }
  }

  private numberOf(statement: string): number {
    return this.reader.prepare<[], number>(statement).pluck().get() ?? 0;
  }
}

/** What parts tokens: blanks, and what is no character of one, see search-index.ts. */
// oxlint-disable-next-line no-control-regex -- control characters do
const BETWEEN_TOKENS = /[\u0000-\u0020\u007F]+/;

/** FTS5's tokenizer knows no case in ASCII. */
const toSmall = (token: string) => token.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());

const tokensIn = (text: string) => new Set(text.split(BETWEEN_TOKENS).filter(Boolean).map(toSmall));

/** 32 bits of a text: FNV-1a, mixed once more so that sums of similar texts differ. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c_1b_3c_6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
