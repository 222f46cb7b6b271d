import type Database from 'better-sqlite3';
import { backlogs, backlogTable } from './search-index.js';

const IS_THERE = `select 1 from sqlite_master where name = '${backlogTable.name}'`;
const NOTED = `select distinct indexed from ${backlogTable.name}`;

/**
 * What SQLite's full-text tables have still to take in, on one connection. The triggers note it, and whoever writes
 * through this service takes it in before each commit. What a statement of somebody else's own leaves is taken in by the
 * next write, or by the first search: none is answered while something is left.
 */
export class SearchBacklog {
  private noted: Database.Statement<[], string> | undefined;
  private readonly fills = new Map<string, readonly Database.Statement[]>();

  constructor(private readonly database: Database.Database) {}

  isEmpty(): boolean {
    return this.list().length === 0;
  }

  /** Takes in what is noted, within the transaction that the connection is in. */
  takeIn(): void {
    for (const indexed of this.list()) for (const statement of this.fillOf(indexed)) statement.run();
  }

  /** The full-text tables that have something to take in. */
  private list(): string[] {
    try {
      this.noted ??= this.database.prepare<[], string>(NOTED).pluck();
      return this.noted.all();
    } catch (error) {
      // No migration has made it yet, or one has taken it away again.
      if (this.database.prepare(IS_THERE).get() === undefined) return [];
      throw error;
    }
  }

  private fillOf(indexed: string): readonly Database.Statement[] {
    const texts = backlogs.find((backlog) => backlog.indexed === indexed)?.fill ?? [];
    const statements = this.fills.get(indexed) ?? texts.map((text) => this.database.prepare(text));
    this.fills.set(indexed, statements);
    return statements;
  }
}
