import type Database from 'better-sqlite3';
import { backlogs, backlogTable } from './search-index.js';

const IS_THERE = `select 1 from sqlite_master where name = '${backlogTable.name}'`;
const NOTED = `select distinct indexed from ${backlogTable.name}`;

/** So many notes are left to a search at most: to take them in takes a few milliseconds. */
const MOST_LEFT = 128;
const COUNT = `select count(*) from (select 1 from ${backlogTable.name} limit ${MOST_LEFT + 1})`;

/** For so long after a search, in milliseconds, commits take in what is noted, so that the next one finds nothing left. */
const SEARCHED_WITHIN = 1000;

/**
 * What SQLite's full-text tables have still to take in, on one connection. The triggers note it, and whoever writes
 * through this service takes it in before a commit while there are searches, or where there is much of it. What is left is
 * taken in a second later, or by the first search: none is answered while something is.
 */
export class SearchBacklog {
  private noted: Database.Statement<[], string> | undefined;
  private count: Database.Statement<[], number> | undefined;
  private searchedAt = -Infinity;
  private readonly fills = new Map<string, readonly Database.Statement[]>();

  constructor(private readonly database: Database.Database) {}

  isEmpty(): boolean {
    return this.list().length === 0;
  }

  /** Notes that somebody searches. */
  noteSearch(): void {
    this.searchedAt = performance.now();
  }

  /**
   * Takes in what is noted where it should not wait for a search, within the transaction that the connection is in.
   * @returns whether something is left
   */
  takeInIfDue(): boolean {
    const [count = 0] = this.ask(() => (this.count ??= this.database.prepare<[], number>(COUNT).pluck()).all());
    if (count === 0) return false;
    const isLeft = count <= MOST_LEFT && performance.now() > this.searchedAt + SEARCHED_WITHIN;
    if (!isLeft) this.takeIn();
    return isLeft;
  }

  /** Takes in what is noted, within the transaction that the connection is in. */
  takeIn(): void {
    for (const indexed of this.list()) for (const statement of this.fillOf(indexed)) statement.run();
  }

  /** The full-text tables that have something to take in. */
  private list(): string[] {
    return this.ask(() => (this.noted ??= this.database.prepare<[], string>(NOTED).pluck()).all());
  }

  private ask<T>(question: () => T[]): T[] {
    try {
      return question();
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
