import type Sqlite from 'better-sqlite3';
import { isBusy, openReader } from './sqlite.js';
import { SqliteReader } from './sqlite-reader.js';
import type { StatementListener } from './statement-listener.js';
import type { BoundStatement } from './statements.js';

/** What reads need of the writing connection. */
export interface SharedConnection {
  readonly file: Sqlite.Database;
  /** When those that wait for a commit have it, or have failed; undefined where none waits, or one is at work. */
  decision(): Promise<void> | undefined;
  /** Told of each search. */
  noteSearch(): void;
}

/**
 * Answers what only reads, on the writing connection wherever it has no transaction: SQLite keeps the pages of a file by
 * connection, and forgets all of them as soon as another connection has written. While a transaction is at work, a
 * connection beside it answers. So a read waits for a commit of the same turn at most, and sees nothing that has not
 * committed.
 */
export class SqliteReads {
  private readonly shared: SqliteReader;
  private beside: SqliteReader | undefined;

  constructor(
    private readonly path: string,
    private readonly writing: SharedConnection,
  ) {
    this.shared = new SqliteReader(writing.file, () => writing.noteSearch());
  }

  /** The one answer of a statement; undefined where there is no row, or what {@link SqliteReader.answer} says. */
  async answer(bound: BoundStatement, listener?: StatementListener): Promise<unknown> {
    const { file } = this.writing;
    if (file.inTransaction) await this.writing.decision();
    if (file.inTransaction) return this.answerBeside(bound, listener);
    try {
      return this.shared.answer(bound, listener);
    } catch (error) {
      if (!isBusy(error)) throw error;
      // Another process holds the file for a moment: the writing connection does not wait, this one does.
      return this.answerBeside(bound, listener);
    }
  }

  close(): void {
    this.beside?.close();
  }

  private answerBeside(bound: BoundStatement, listener: StatementListener | undefined): unknown {
    this.beside ??= new SqliteReader(openReader(this.path), () => this.writing.noteSearch());
    return this.beside.answer(bound, listener);
  }
}
