import { existsSync } from 'node:fs';
import { MikroORM } from '@mikro-orm/core';
import { type Config, readConfig } from '../config.js';
import { cannotOpen } from '../database/open-database.js';
import { migrationsFolder, ormOptions } from '../database/orm.js';
import { IN_MEMORY } from '../database/sqlite.js';
import { type Migrator, migratorOf } from '../migrator/orm-migrator.js';
import { withSession } from '../migrator/session.js';
import { warnOfStaleBuild } from './from-sources.js';

/** Runs a command's work with the migrator of the configured database, whatever state that is in. */
export const withMigrator = <T>(work: (migrator: Migrator, config: Config) => Promise<T>): Promise<T> =>
  runWith(readConfig(), work);

/** The same for work that only looks: a file that is not there is not made, and counts as an empty database. */
export function withMigratorToRead<T>(work: (migrator: Migrator, config: Config) => Promise<T>): Promise<T> {
  const config = readConfig();
  const { database } = config;
  const isMissing = database.kind === 'sqlite' && !existsSync(database.path);
  return runWith(isMissing ? { ...config, database: { ...database, path: IN_MEMORY } } : config, work);
}

async function runWith<T>(config: Config, work: (migrator: Migrator, config: Config) => Promise<T>): Promise<T> {
  warnOfStaleBuild(config.database.kind, migrationsFolder(config.database.kind));
  const orm = await connect(config);
  try {
    return await work(migratorOf(orm), config);
  } finally {
    await orm.close(true);
  }
}

async function connect(config: Config): Promise<MikroORM> {
  const orm = await MikroORM.init({ ...ormOptions(config), logger: () => undefined });
  try {
    // MikroORM connects at the first query: a wrong address is told at once instead.
    await withSession(orm, (session) => session.all('select 1'));
    return orm;
  } catch (error) {
    await orm.close(true);
    throw cannotOpen(config.database, error);
  }
}
