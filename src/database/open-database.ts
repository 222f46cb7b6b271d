import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { Database } from './database.js';

/** Why the service does not start, and what to do. */
export class StartError extends Error {}

/**
 * The configured database, migrated.
 * @throws StartError behind migrations that it may not apply by itself
 */
export async function openDatabase(config: Config, log: Logger): Promise<Database> {
  const database = await Database.open(config, (message) => log.info({ part: 'database' }, message));
  try {
    if (config.migrateOnStart) await database.migrate();
    const pending = await database.pendingMigrations();
    if (pending.length > 0) {
      throw new StartError(
        `The database is behind ${pending.length} migration${pending.length === 1 ? '' : 's'} (${pending.join(', ')}).\n` +
          'Apply them with `npx mikro-orm migration:up`, or set MIGRATE_ON_START=true.',
      );
    }
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}
