import { IsolationLevel } from '@mikro-orm/core';
import type { Config } from '../config.js';
import { boundSql } from './bound-query.js';
import type { Database } from './database.js';
import type { Sql } from './dialect.js';
import { IN_MEMORY, openReader } from './sqlite.js';

/** Runs a statement that reads. */
export type SnapshotQuery = <Row>(statement: Sql) => Promise<Row[]>;

/** Reads many statements' worth of the database as it is at one moment, without holding up those who write. */
export function readSnapshot<T>(
  config: Config['database'],
  database: Database,
  read: (query: SnapshotQuery) => Promise<T>,
): Promise<T> {
  if (config.kind === 'sqlite' && config.path !== IN_MEMORY) return readFile(config.path, database, read);
  return database.fork().transactional((em) => read((statement) => boundSql(em, database.dialect, statement)), {
    isolationLevel: IsolationLevel.REPEATABLE_READ,
    readOnly: config.kind === 'postgresql',
  });
}

/** A transaction of the ORM's begins as a writer; this one reads on a connection of its own. */
async function readFile<T>(
  path: string,
  { dialect }: Database,
  read: (query: SnapshotQuery) => Promise<T>,
): Promise<T> {
  const reader = openReader(path);
  try {
    reader.exec('begin');
    return await read(async <Row>(statement: Sql) => {
      const { sql, parameters } = statement.compile(dialect.kysely);
      return reader.prepare(sql).all(...parameters) as Row[];
    });
  } finally {
    reader.close();
  }
}
