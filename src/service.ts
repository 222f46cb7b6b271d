import 'reflect-metadata';
import { ConfigError, loadDotEnv, readConfig } from './config.js';
import { StartError } from './database/open-database.js';
import { createLog } from './log.js';
import { MigrationError } from './migrator/migration-error.js';
import { startServer } from './server.js';
import { stopOnSignal } from './stop-on-signal.js';

/** The service as a process: reads the configuration, starts, says where, and stops on a signal. */
export const runService = (): Promise<void> => serve().catch(report);

async function serve(): Promise<void> {
  loadDotEnv();
  const config = readConfig();
  const log = createLog(config);
  const server = await startServer(config, log);
  log.info({ url: server.url, database: config.database.kind }, 'The catalogue is open');
  stopOnSignal(async (signal) => {
    log.info({ signal }, 'Stopping: what is in flight is finished first');
    await server.stop();
    log.info('Stopped');
  });
}

/** What an operator reads when the service does not start: known problems as they are, others with their stack. */
function report(error: unknown): void {
  const isKnown = error instanceof ConfigError || error instanceof StartError || error instanceof MigrationError;
  console.error(isKnown ? error.message : error);
  process.exitCode = 1;
}
