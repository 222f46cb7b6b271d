import type Sqlite from 'better-sqlite3';
import { SearchBacklog } from './search-backlog.js';
import { looksIntoFullText } from './search-index.js';
import { listened, type StatementListener } from './statement-listener.js';
import type { BoundStatement } from './statements.js';

/** The full-text tables have something to take in that the statement might look for. */
export const NOT_CAUGHT_UP = Symbol('not caught up');

/** Answers statements that only read, on a connection to the file. */
export class SqliteReader {
  private readonly backlog: SearchBacklog;
  private readonly kept = new WeakMap<BoundStatement['statement'], (values: unknown[]) => unknown>();

  constructor(
    private readonly file: Sqlite.Database,
    /** Told of each statement that looks into the full-text tables. */
    private readonly noteSearch: () => void,
  ) {
    this.backlog = new SearchBacklog(file);
  }

  /** The one answer of a statement; undefined where there is no row, {@link NOT_CAUGHT_UP} where it might miss one. */
  answer({ statement, values }: BoundStatement, listener?: StatementListener): unknown {
    const run = this.kept.get(statement) ?? this.prepare(statement.sql);
    this.kept.set(statement, run);
    return listened(listener, statement.sql, () => run(values));
  }

  close(): void {
    this.file.close();
  }

  private prepare(sql: string): (values: unknown[]) => unknown {
    const prepared = this.file.prepare(sql).pluck();
    if (!prepared.readonly) throw new Error(`A read would write: ${sql}`);
    const run = (values: unknown[]) => prepared.get(values);
    if (!looksIntoFullText(sql)) return run;
    // One transaction: what is looked into is what was seen to be complete.
    const search = this.file.transaction((values: unknown[]) => (this.backlog.isEmpty() ? run(values) : NOT_CAUGHT_UP));
    return (values) => {
      this.noteSearch();
      return search(values);
    };
  }
}
