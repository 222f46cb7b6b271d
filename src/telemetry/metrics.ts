import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../database/database.js';
import { readDeliveryBacklog } from '../delivery/delivery-backlog.js';
import { readOutboxLag } from '../event/outbox-lag.js';
import { OperationNames } from './operation-labels.js';
import type { OperationRecord } from './operation-record.js';
import type { SubscriptionRecord, Transport } from './subscription-record.js';

/** From what a known query takes to what a client gives up on. */
const OPERATION_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const STATEMENT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

/** What Prometheus reads of this process. @see https://prometheus.io/docs/practices/naming/ */
export class Metrics {
  private readonly registry = new Registry();
  private readonly registers = [this.registry];
  private readonly names = new OperationNames();

  private readonly operations = new Counter({
    name: 'catalog_operations_total',
    help: 'GraphQL operations that were answered; outcome is OK, or the code of the first error.',
    labelNames: ['type', 'operation', 'outcome'],
    registers: this.registers,
  });
  private readonly operationSeconds = new Histogram({
    name: 'catalog_operation_duration_seconds',
    help: 'Time from the text of a GraphQL operation to its answer.',
    labelNames: ['type', 'operation'],
    buckets: OPERATION_SECONDS,
    registers: this.registers,
  });
  private readonly statementSeconds = new Histogram({
    name: 'catalog_statement_duration_seconds',
    help: 'Time that an SQL statement took.',
    buckets: STATEMENT_SECONDS,
    registers: this.registers,
  });
  private readonly failedStatements = new Counter({
    name: 'catalog_statements_failed_total',
    help: 'SQL statements that failed, those that lost a race and ran again included.',
    registers: this.registers,
  });
  private readonly subscriptions = new Gauge({
    name: 'catalog_subscriptions',
    help: 'Subscriptions that are open.',
    labelNames: ['operation', 'transport'],
    registers: this.registers,
  });
  private readonly subscribedEvents = new Counter({
    name: 'catalog_subscription_events_total',
    help: 'Events that subscriptions have told of.',
    labelNames: ['operation', 'transport'],
    registers: this.registers,
  });
  private readonly slowSubscribers = new Counter({
    name: 'catalog_slow_subscribers_total',
    help: 'Clients that were dropped because they took nothing of what they were sent.',
    labelNames: ['transport'],
    registers: this.registers,
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  noteOperation(record: OperationRecord, milliseconds: number): void {
    const { type, operation } = this.names.labelsOf(record);
    this.operations.inc({ type, operation, outcome: record.codes?.[0] ?? 'OK' });
    this.operationSeconds.observe({ type, operation }, milliseconds / 1000);
  }

  noteStatement(milliseconds: number, isDone: boolean): void {
    this.statementSeconds.observe(milliseconds / 1000);
    if (!isDone) this.failedStatements.inc();
  }

  /** Notes that a subscription begins, or ends: its outcome counts as an operation's, its time does not. @param change 1 or -1 */
  noteSubscription(record: SubscriptionRecord, change: 1 | -1): void {
    const { type, operation } = this.names.labelsOf(record);
    this.subscriptions.inc({ operation, transport: record.transport }, change);
    const [outcome] = [record.outcome].flat();
    if (change === -1) this.operations.inc({ type, operation, outcome });
  }

  noteEvent(record: SubscriptionRecord): void {
    const { operation } = this.names.labelsOf(record);
    this.subscribedEvents.inc({ operation, transport: record.transport });
  }

  noteSlowSubscriber(transport: Transport): void {
    this.slowSubscribers.inc({ transport });
  }

  /** Tells from now on how many WebSockets are open. */
  watchWebSockets(count: () => number): void {
    this.addGauge('catalog_websockets', 'WebSockets that are open.', undefined, async () => [['', count()]]);
  }

  /** Tells of a database from now on: of PostgreSQL's pool, and of events that are to be delivered. */
  watch(database: Database): void {
    if (database.dialect.kind === 'postgresql') this.watchPool(database);
    this.watchDeliveries(database);
    const readLag = together(() => readOutboxLag(database));
    this.addGauge('catalog_events_undelivered', 'Events that a consumer does not have yet.', 'consumer', async () =>
      (await readLag()).map(({ consumer, events }) => [consumer, events]),
    );
    this.addGauge(
      'catalog_events_undelivered_age_seconds',
      'Age of the oldest event that a consumer does not have yet.',
      'consumer',
      async () => (await readLag()).map(({ consumer, ageSeconds }) => [consumer, ageSeconds]),
    );
  }

  private watchDeliveries(database: Database): void {
    this.addGauge('catalog_deliveries', 'Notices and webhook calls that are not made.', 'state', async () => {
      const { waiting, dead } = await readDeliveryBacklog(database);
      return [
        ['waiting', waiting],
        ['dead', dead],
      ];
    });
  }

  private watchPool(database: Database): void {
    this.addGauge('catalog_database_connections', 'Connections of the pool, by what they do.', 'state', async () => {
      const { total, idle, max } = await database.pool();
      return [
        ['idle', idle],
        ['busy', total - idle],
        ['possible', max - total],
      ];
    });
    this.addGauge('catalog_database_waiting', 'Who waits for a connection of the pool.', undefined, async () => [
      ['', (await database.pool()).waiting],
    ]);
  }

  /** @param measure runs at each reading: the values, by label */
  private addGauge(
    name: string,
    help: string,
    label: string | undefined,
    measure: () => Promise<[label: string, value: number][]>,
  ): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [],
      async collect() {
        gauge.reset();
        // Without a database there is nothing to tell of it; all else is still to be read.
        const values = await measure().catch(() => []);
        for (const [of, value] of values) gauge.set(label === undefined ? {} : { [label]: of }, value);
      },
    });
    this.registry.registerMetric(gauge);
  }

  /** All of it as text, in the form that `contentType` names. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }
}

/** Lets those who ask while an answer is on its way have that one. */
function together<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= read().finally(() => (running = undefined)));
}
