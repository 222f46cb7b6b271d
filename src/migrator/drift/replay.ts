import Sqlite from 'better-sqlite3';
import { type Session, sqliteSession } from '../session.js';
import { quoted } from '../sql-text.js';
import { describePostgresql } from './describe-postgresql.js';
import { describeSqlite } from './describe-sqlite.js';
import type { SchemaItem } from './schema-item.js';

/** The schema that statements lead to from nothing, told by the database itself; nothing of it stays. */
export const schemaAfter = (session: Session, statements: readonly string[]): Promise<SchemaItem[]> =>
  session.kind === 'sqlite' ? replayInMemory(statements) : replayAside(session, statements);

/** The schema of the database at hand. */
export async function schemaOf(session: Session): Promise<SchemaItem[]> {
  if (session.kind === 'sqlite') return describeSqlite(session);
  return describePostgresql(session, await currentSchema(session));
}

async function replayInMemory(statements: readonly string[]): Promise<SchemaItem[]> {
  const file = new Sqlite(':memory:');
  try {
    for (const statement of statements) file.exec(statement);
    return await describeSqlite(sqliteSession(file));
  } finally {
    file.close();
  }
}

const ASIDE = 'catalog_migrate_check';

/** In a schema of its own within a transaction that is taken back: only the server itself says what it makes of a text. */
async function replayAside(session: Session, statements: readonly string[]): Promise<SchemaItem[]> {
  const schema = await currentSchema(session);
  await session.run('begin');
  try {
    // Extensions, and what they bring, are found where they are.
    await session.run(`create schema ${ASIDE}; set local search_path to ${ASIDE}, ${quoted(schema)}`);
    for (const statement of statements) await session.run(statement);
    return await describePostgresql(session, ASIDE);
  } finally {
    await session.run('rollback');
  }
}

async function currentSchema(session: Session): Promise<string> {
  const [row] = await session.all<{ schema: string | null }>('select current_schema() as schema');
  return row?.schema ?? 'public';
}
