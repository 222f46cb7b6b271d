import type { MikroORM } from '@mikro-orm/core';
import type { AbstractSqlConnection } from '@mikro-orm/postgresql';
import type Sqlite from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import { WritingConnection } from '../database/sqlite.js';
import type { DatabaseKind } from './sql-text.js';

/** One connection to the database, on which all of an upgrade runs. */
export interface Session {
  readonly kind: DatabaseKind;
  /** The file, where the database is one. */
  readonly path?: string;
  /** Runs SQL text of one statement or several. */
  run(sql: string): Promise<void>;
  /** The rows of one statement. */
  all<Row>(sql: string): Promise<Row[]>;
}

/** Hands out a connection of the ORM's, and takes it back afterwards. */
export async function withSession<T>(orm: MikroORM, work: (session: Session) => Promise<T>): Promise<T> {
  const connection = orm.em.getDriver().getConnection() as unknown as AbstractSqlConnection;
  await connection.ensureConnection();
  if (connection instanceof WritingConnection) return work(sqliteSession(connection.file));
  return connection
    .getClient()
    .connection()
    .execute((client) =>
      work({
        kind: 'postgresql',
        // Without values a text goes out as it is, and may hold several statements.
        run: async (sql) => void (await client.executeQuery(CompiledQuery.raw(sql))),
        all: async <Row>(sql: string) => (await client.executeQuery<Row>(CompiledQuery.raw(sql))).rows,
      }),
    );
}

/** A session on an SQLite connection of one's own. */
export const sqliteSession = (file: Sqlite.Database): Session => ({
  kind: 'sqlite',
  path: file.memory ? undefined : file.name,
  run: async (sql) => void file.exec(sql),
  all: async <Row>(sql: string) => file.prepare(sql).all() as Row[],
});
