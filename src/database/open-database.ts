import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { fillMissingWords } from '../product/product-words.js';
import { Database } from './database.js';
import { urlsOfHosts } from './postgresql-url.js';
import type { StatementListener } from './statement-listener.js';

/** Why the service does not start, and what to do. */
export class StartError extends Error {}

/**
 * The configured database, migrated.
 * @throws StartError where it can't be opened, and behind migrations that may not be applied by itself
 */
export async function openDatabase(config: Config, log: Logger, onStatement?: StatementListener): Promise<Database> {
  const database = await connect(config, log, onStatement);
  try {
    const pending = await database.pendingMigrations();
    // With none pending nothing is compared: an older release has to start on a database that a newer one has upgraded.
    if (pending.length > 0 && config.migrateOnStart) await database.migrate();
    else if (pending.length > 0) {
      throw new StartError(
        `The database is behind ${pending.length} migration${pending.length === 1 ? '' : 's'} (${pending.join(', ')}).\n` +
          'Apply them with `npx catalog migrate up`, or set MIGRATE_ON_START=true.',
      );
    }
    const filled = await fillMissingWords(database);
    if (filled > 0) log.info({ part: 'database', products: filled }, 'search words computed');
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

async function connect(config: Config, log: Logger, onStatement?: StatementListener): Promise<Database> {
  try {
    return await Database.open(config, (message) => log.info({ part: 'database' }, message), onStatement);
  } catch (error) {
    throw cannotOpen(config.database, error);
  }
}

/** Says which database can't be opened, and why. */
export function cannotOpen(database: Config['database'], error: unknown): StartError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StartError(`The database ${nameOfDatabase(database)} can't be opened: ${reason}.`);
}

/** Which database it is, without user and password. */
export function nameOfDatabase(database: Config['database']): string {
  if (database.kind === 'sqlite') return database.path;
  const urls = urlsOfHosts(database.url).map((url) => new URL(url));
  return `${urls[0]?.pathname.slice(1)} at ${urls.map(({ host }) => host).join(' or ')}`;
}
