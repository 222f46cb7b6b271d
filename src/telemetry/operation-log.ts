import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { OperationRecord } from './operation-record.js';
import { sqlWithoutValues } from './sql-without-values.js';
import type { SubscriptionRecord } from './subscription-record.js';

/** The part of the configuration that says what of operations is logged. */
export type OperationLogSettings = Config['operationLog'];

/** The log's lines about operations and their statements: names, times and codes, never a value that a client sent. */
export class OperationLog {
  constructor(
    private readonly log: Logger,
    private readonly settings: OperationLogSettings,
  ) {}

  /** A line for an operation, where its level is on; a warning for one that took its time. */
  noteOperation(record: OperationRecord, milliseconds: number): void {
    const { level, slowMs } = this.settings;
    if (isSlow(milliseconds, slowMs)) this.log.warn(describe(record, milliseconds), 'slow operation');
    else if (this.log.isLevelEnabled(level)) this.log[level](describe(record, milliseconds), 'operation');
  }

  /** A line for a subscription that begins, where the level of operations is on. */
  noteSubscription({ requestId, name, transport, viewerId, trace }: SubscriptionRecord): void {
    const line = { requestId, operation: name, transport, viewer: viewerId, traceId: trace?.traceId };
    this.log[this.settings.level](line, 'subscription');
  }

  /** A line for one that has ended, however long it was open. */
  noteEndOfSubscription(record: SubscriptionRecord, milliseconds: number): void {
    const { transport, events, outcome } = record;
    const line = { ...describe(record, milliseconds), outcome, transport, events };
    if (record.isDropped) this.log.warn(line, 'slow subscriber');
    else this.log[this.settings.level](line, 'subscription ended');
  }

  /** @param record of the operation that it is part of, where there is one */
  noteStatement(record: OperationRecord | undefined, sql: string, milliseconds: number): void {
    if (!isSlow(milliseconds, this.settings.slowSqlMs)) return;
    this.log.warn(
      {
        requestId: record?.requestId,
        operation: record?.name,
        ms: rounded(milliseconds),
        sql: sqlWithoutValues(sql),
      },
      'slow statement',
    );
  }
}

/** 0 stands for no threshold. */
const isSlow = (milliseconds: number, threshold: number) => threshold > 0 && milliseconds >= threshold;

const describe = (
  { requestId, type, name, statements, codes, viewerId, trace }: OperationRecord,
  milliseconds: number,
) => ({
  requestId,
  operation: name,
  type,
  ms: rounded(milliseconds),
  statements,
  outcome: codes ?? 'OK',
  viewer: viewerId,
  traceId: trace?.traceId,
});

const rounded = (milliseconds: number) => Math.round(milliseconds * 100) / 100;
