import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { createApollo } from './apollo.js';
import type { Config } from './config.js';
import { Context, type Service, viewerOf } from './context.js';
import { Compiler } from './database/compiler.js';
import { Database } from './database/database.js';
import { Statements } from './database/statements.js';
import { createRequestListener } from './http.js';
import { createLog } from './log.js';
import { buildCatalogSchema, nouns } from './schema.js';
import { adminTokenOf } from './secrets.js';

/** A running service. */
export interface RunningServer {
  /** Where the API answers, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  readonly database: Database;
  readonly adminToken: string | undefined;
  /** Stops accepting, lets finish what is in flight, and closes; what takes longer than the configured time is cut off. */
  stop(): Promise<void>;
}

/** Why the service does not start, and what to do. */
export class StartError extends Error {}

/**
 * Starts the service.
 * @throws StartError behind migrations that it may not apply by itself
 */
export async function startServer(config: Config, log: Logger = createLog(config)): Promise<RunningServer> {
  const database = await openDatabase(config, log);
  const schema = buildCatalogSchema();
  const statements = new Statements(new Compiler(database.dialect, schema, nouns, config.pageSize));
  const service: Service = { database, statements, adminToken: adminTokenOf(config) };
  const apollo = createApollo(schema, config, log);
  await apollo.start();
  const server = createServer(
    createRequestListener({
      apollo,
      config,
      isReady: () => database.isReady(),
      createContext: (authorization) =>
        new Context(service, viewerOf(authorization, service.adminToken), log.child({ requestId: randomUUID() })),
    }),
  );
  await listen(server, config);
  return {
    url: urlOf(server, config.host),
    database,
    adminToken: service.adminToken,
    async stop() {
      await drain(server, config.shutdownSeconds);
      await apollo.stop();
      await database.close();
    },
  };
}

async function openDatabase(config: Config, log: Logger): Promise<Database> {
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

function listen(server: Server, { port, host }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE';
      reject(
        isTaken ? new StartError(`Port ${port} of ${host} is taken: set PORT to another one, or to 0 for any.`) : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}/graphql`;
}

function drain(server: Server, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const cutOff = setTimeout(() => server.closeAllConnections(), seconds * 1000);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });
}
