import { createServer, type ServerOptions } from 'node:http';
import type { Logger } from 'pino';
import { createApollo } from './apollo.js';
import { channelsOf } from './channels.js';
import type { Config } from './config.js';
import { Context, type Request, type Service } from './context.js';
import { Compiler } from './database/compiler.js';
import type { Database } from './database/database.js';
import { openDatabase } from './database/open-database.js';
import { Statements } from './database/statements.js';
import { DeliveryWorker } from './delivery/delivery-worker.js';
import { EventFeed } from './event/event-feed.js';
import { EventJournal } from './event/event-journal.js';
import { keepPruning } from './event/event-retention.js';
import { eventSignalOf, pollMsOf, shared } from './event/event-signal.js';
import { type ClientOfRequest, createRequestListener, type Handlers } from './http.js';
import { KnownOperations } from './known-operations.js';
import { ClientRate } from './limits/client-rate.js';
import { Concurrency } from './limits/concurrency.js';
import { limiterInMemory } from './limits/limiters.js';
import { OperationLimits } from './limits/operation-limits.js';
import { SharedLimits } from './limits/shared-limits.js';
import { drain, listen } from './listen.js';
import { OperationRegistry } from './operation/operation-registry.js';
import { createLog } from './log.js';
import { buildCatalogSchema, nouns } from './schema.js';
import { assertAuthSecret, authSecretOf } from './secrets.js';
import { EventStreams } from './subscription/event-streams.js';
import { SubscriptionOperations } from './subscription/subscription-operations.js';
import { WebSockets } from './subscription/web-sockets.js';
import { currentOperation } from './telemetry/operation-record.js';
import { createMetricsServer } from './telemetry/metrics-endpoint.js';
import { createTelemetry } from './telemetry/telemetry.js';
import { type Authentication, createAuthentication } from './session/authentication.js';

/** A running service. */
export interface RunningServer {
  /** Where the API answers, such as `http://127.0.0.1:4000/graphql`. */
  readonly url: string;
  readonly database: Database;
  readonly auth: Authentication;
  /** Stops accepting, lets finish what is in flight, and closes; what takes longer than the configured time is cut off. */
  stop(): Promise<void>;
}

/**
 * Starts the service.
 * @throws StartError behind migrations that it may not apply by itself
 */
export async function startServer(config: Config, log: Logger = createLog(config)): Promise<RunningServer> {
  assertAuthSecret(config);
  const telemetry = await createTelemetry(config, log);
  const database = await openDatabase(config, log, telemetry.onStatement);
  // Migrations at the start may take their time.
  await database.openReplicas();
  await database.limitStatements(config.operationTimeoutMs);
  await database.noticeSilence();
  telemetry.metrics?.watch(database);
  const schema = buildCatalogSchema();
  const limits = { page: config.pageSize, sortedRows: config.sortedRowsMax };
  const statements = new Statements(new Compiler(database.dialect, schema, nouns, limits));
  const secret = authSecretOf(config);
  const sharedLimits = config.sharesLimits ? new SharedLimits(database) : undefined;
  const auth = createAuthentication(database, config, secret, sharedLimits?.limiter ?? limiterInMemory);
  const keeping = {
    database,
    secrets: [secret, ...(config.auth.previousSecret === undefined ? [] : [config.auth.previousSecret])],
    hours: config.idempotencyHours,
  };
  const journal = new EventJournal(database);
  const signal = shared(eventSignalOf(config.database, database, log));
  const feeding = { pollMs: pollMsOf(config.database), mostFollowers: config.subscriptions.max };
  const feed = new EventFeed(journal, signal, feeding, log);
  const service: Service = { database, statements, auth, keeping, feed, operationTimeoutMs: config.operationTimeoutMs };
  const openLog = (requestId: string) => log.child({ requestId });
  const openContext = (client: ClientOfRequest, who: Pick<Request, 'viewer' | 'proof' | 'failure' | 'takesTexts'>) => {
    const record = currentOperation();
    if (record) record.viewerId = who.viewer.userId;
    return new Context(service, { ...client, openLog, ...who });
  };
  const operationLimits = new OperationLimits(schema, config.operationLimits, config.pageSize);
  const known = new KnownOperations(({ operation, fragments }, variables) =>
    operationLimits.allows(operation, fragments, variables),
  );
  const apollo = createApollo(schema, config, log, known, operationLimits);
  await apollo.start();
  const registry = new OperationRegistry(database, config.onlyRegisteredOperations);
  const rate = new ClientRate(config.clientRate, sharedLimits);
  const createContext: Handlers['createContext'] = async (client, failure) =>
    openContext(client, { viewer: await auth.viewerOf(client.authorization), failure });
  const operations = new SubscriptionOperations({
    schema,
    registry,
    limits: operationLimits,
    suggestions: config.schemaDetails.suggestions,
    createContext,
    log,
    telemetry: telemetry.subscriptions,
  });
  const webSockets = new WebSockets(operations, rate, config, log);
  telemetry.metrics?.watchWebSockets(() => webSockets.count);
  const server = createServer(
    connectionLimits(config),
    createRequestListener({
      apollo,
      known,
      config,
      log,
      telemetry,
      registry,
      rate,
      concurrency: new Concurrency(config.concurrentOperations),
      isReady: () => database.isReady(),
      subscriptions: new EventStreams(operations, config.subscriptions.stallSeconds),
      createContext,
      recallContext: (client) => {
        const recalled = auth.recall(client.authorization);
        return recalled && openContext(client, { ...recalled, takesTexts: true });
      },
    }),
  );
  const deliveryLog = log.child({ part: 'delivery' });
  const worker = new DeliveryWorker(database, channelsOf(config), config.delivery, deliveryLog, signal);
  const stopPruning = keepPruning(database, config.eventRetentionDays, log);
  const metricsServer = createMetricsServer(telemetry, config);
  server.on('upgrade', webSockets.accept);
  const stop = async () => {
    // WebSockets first: who is told that a subscription has ended would not come again.
    const webSocketsClosed = webSockets.stop(config.shutdownSeconds);
    await feed.stop();
    await webSocketsClosed;
    await Promise.all([drain(server, config.shutdownSeconds), worker.stop(config.shutdownSeconds)]);
    // Last: what the requests in flight came to can be read until then.
    if (metricsServer) await drain(metricsServer.server, 0);
    await apollo.stop();
    rate.stop();
    sharedLimits?.stop();
    await stopPruning();
    await database.close();
    await telemetry.stop();
  };
  server.maxConnections = config.connections.max;
  // A client that takes nothing of its answer for so long; a request in flight is done by then.
  server.setTimeout(config.connections.idleSeconds * 1000);
  try {
    if (metricsServer)
      log.info({ url: `${await listen(metricsServer.server, metricsServer.place)}/metrics` }, 'Metrics');
    const url = await listen(server, { ...config, variable: 'PORT' });
    if (config.delivery.isOn) await worker.start();
    return { url: `${url}/graphql`, database, auth, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** How long a client may take for its request, so that slow ones don't hold connections and memory. */
const connectionLimits = ({ connections: { headersSeconds, requestSeconds } }: Config): ServerOptions => ({
  headersTimeout: Math.min(headersSeconds, requestSeconds) * 1000,
  requestTimeout: requestSeconds * 1000,
  // Longer than proxies keep theirs, which would otherwise send a request just when this side closes.
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
});
