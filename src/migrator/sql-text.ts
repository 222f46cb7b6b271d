import type { DatabaseConfig } from '../config.js';

export type DatabaseKind = DatabaseConfig['kind'];

/** A text as a literal; both databases write it alike. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A name in quotes; both databases take these. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A statement with the semicolon that ends it. */
export const ended = (statement: string): string => `${statement.trim().replace(/;+$/, '')};`;

/**
 * SQL that fails with a message unless a query finds nothing: what a migration takes for granted about the rows that
 * are there, told in words, whether the service runs it, `sqlite3` or `psql`.
 * @param query a select; each row that it finds is one too many
 */
export function guard(kind: DatabaseKind, query: string, message: string): string {
  if (kind === 'postgresql') {
    const raise = `raise exception using message = ${literal(message)}, errcode = 'check_violation'`;
    return `do $guard$ begin if exists (${query}) then ${raise}; end if; end $guard$;`;
  }
  // SQLite can raise in triggers only; a broken constraint is told by its name, so the name is the message.
  return [
    `create temp table migration_guard (holds integer, constraint ${quoted(message)} check (holds));`,
    `insert into migration_guard select not exists (${query});`,
    'drop table migration_guard;',
  ].join('\n');
}

const SQLITE_GUARD = /CHECK constraint failed: ([^]*)$/;

/** What a database says of a statement that failed, without what its driver adds. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return SQLITE_GUARD.exec(message)?.[1] ?? message;
}
