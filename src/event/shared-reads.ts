import type { BoundStatement, SqlText } from '../database/statements.js';

/**
 * Reads that several subscribers want at the same moment, done once. Nothing is kept when it is done: who comes later reads
 * what is true then.
 */
export class SharedReads {
  private readonly running = new WeakMap<SqlText, Map<string, Promise<string>>>();

  /** @param read the same for the same statement and values: not for what is proved of a viewer */
  share({ statement, values }: BoundStatement, read: () => Promise<string>): Promise<string> {
    const byValues = this.running.get(statement) ?? new Map<string, Promise<string>>();
    this.running.set(statement, byValues);
    const key = JSON.stringify(values);
    const running = byValues.get(key) ?? read().finally(() => byValues.delete(key));
    byValues.set(key, running);
    return running;
  }
}
