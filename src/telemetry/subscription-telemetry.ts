import type { IncomingHttpHeaders } from 'node:http';
import type { ExecutionResult } from 'graphql';
import type { Metrics } from './metrics.js';
import type { OperationLog } from './operation-log.js';
import { currentOperation } from './operation-record.js';
import { SubscriptionRecord, type Transport } from './subscription-record.js';
import { noteErrors, ToldSubscription } from './told-subscription.js';
import type { Tracing } from './tracing.js';

/** What is told of subscriptions: where they begin and end in the log, how many there are in metrics, what they did in traces. */
export class SubscriptionTelemetry {
  private readonly open = new Set<SubscriptionRecord>();

  constructor(
    private readonly log: OperationLog,
    private readonly metrics: Metrics | undefined,
    private readonly tracing: Tracing | undefined,
  ) {}

  /** @param headers of the request that asks for it, or that has opened its connection */
  ask(requestId: string, transport: Transport, headers: IncomingHttpHeaders): SubscriptionRecord {
    const trace = this.tracing?.startSubscription(headers, requestId, transport, currentOperation()?.trace);
    const record = new SubscriptionRecord(requestId, transport, trace);
    record.startedAt = performance.now();
    return record;
  }

  /** It is not begun. */
  refuse(record: SubscriptionRecord, errors: ExecutionResult['errors']): void {
    noteErrors(record, errors);
    const milliseconds = this.millisecondsOf(record);
    this.log.noteOperation(record, milliseconds);
    this.metrics?.noteOperation(record, milliseconds);
    record.trace?.endSubscription(record);
  }

  /** It begins. @returns its answers, which have to be read in place of the given ones */
  begin(record: SubscriptionRecord, answers: AsyncGenerator<ExecutionResult>): ToldSubscription {
    this.open.add(record);
    this.log.noteSubscription(record);
    this.metrics?.noteSubscription(record, 1);
    return new ToldSubscription(answers, record, this);
  }

  /** Those that were asked for by a request end, because their client takes nothing. */
  drop(requestId: string, transport: Transport): void {
    this.metrics?.noteSlowSubscriber(transport);
    for (const record of this.open) if (record.requestId === requestId) record.isDropped = true;
  }

  told(record: SubscriptionRecord): void {
    this.metrics?.noteEvent(record);
  }

  ended(record: SubscriptionRecord): void {
    this.open.delete(record);
    this.log.noteEndOfSubscription(record, this.millisecondsOf(record));
    this.metrics?.noteSubscription(record, -1);
    record.trace?.endSubscription(record);
  }

  private millisecondsOf({ startedAt = 0 }: SubscriptionRecord): number {
    return performance.now() - startedAt;
  }
}
