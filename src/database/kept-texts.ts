import type { Dialect, Sql } from './dialect.js';
import type { SqlText } from './statements.js';

/** Statements of one kind by a key, each compiled once. */
export class KeptTexts {
  private readonly kept = new Map<string, SqlText>();

  constructor(private readonly dialect: Dialect) {}

  /** @param write the statement, which is always the same for a key */
  of(key: string, write: () => Sql): SqlText {
    const text = this.kept.get(key) ?? { sql: write().compile(this.dialect.kysely).sql };
    this.kept.set(key, text);
    return text;
  }
}
