import { type Config, readConfig } from '../config.js';
import type { Database } from '../database/database.js';
import { openDatabase } from '../database/open-database.js';
import { createLog } from '../log.js';

/** Runs a command's work on the configured database, and closes it whatever happens. */
export async function withDatabase<T>(work: (database: Database, config: Config) => Promise<T>): Promise<T> {
  const config = readConfig();
  // Standard output is for what the command answers; what it has to say, it says itself.
  const database = await openDatabase(config, createLog({ logLevel: 'silent' }));
  try {
    return await work(database, config);
  } finally {
    await database.close();
  }
}
