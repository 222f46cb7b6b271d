import 'reflect-metadata';
import { loadDotEnv, readConfig } from './config.js';
import { createLog } from './log.js';
import { startServer } from './server.js';
import { stopOnSignal } from './stop-on-signal.js';
import { tellProblem } from './tell-problem.js';

/** The service as a process: reads the configuration, starts, says where, and stops on a signal. */
export const runService = (): Promise<void> => serve().catch(tellProblem);

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
