import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Config } from '../config.js';
import type { StatementListener } from '../database/statement-listener.js';
import { ErrorCode } from '../errors.js';
import { HttpError } from '../http-error.js';
import type { Metrics } from './metrics.js';
import { OperationLog } from './operation-log.js';
import { currentOperation, OperationRecord, whileAnswering } from './operation-record.js';
import { SubscriptionTelemetry } from './subscription-telemetry.js';
import type { Tracing } from './tracing.js';

/** What is told of a running service: to the log and, where they are on, to metrics and traces. */
export class Telemetry {
  readonly subscriptions: SubscriptionTelemetry;

  constructor(
    private readonly log: OperationLog,
    readonly metrics: Metrics | undefined,
    private readonly tracing: Tracing | undefined,
  ) {
    this.subscriptions = new SubscriptionTelemetry(log, metrics, tracing);
  }

  /** Told of each statement of the service's database. */
  readonly onStatement: StatementListener = (sql, startedAt, isDone) => {
    const milliseconds = performance.now() - startedAt;
    const record = currentOperation();
    if (record) record.statements += 1;
    this.log.noteStatement(record, sql, milliseconds);
    this.metrics?.noteStatement(milliseconds, isDone);
    if (record?.trace) this.tracing?.noteStatement(record.trace, sql, startedAt, isDone);
  };

  /** Answers a request to the API, and tells of it once it is answered. */
  async answering(
    requestId: string,
    request: IncomingMessage,
    response: ServerResponse,
    answer: () => Promise<void>,
  ): Promise<void> {
    const record = new OperationRecord(requestId, this.tracing?.startRequest(request, requestId));
    try {
      await whileAnswering(record, answer);
    } catch (error) {
      noteFailure(record, error, request.socket.destroyed);
      throw error;
    } finally {
      this.noteOperation(record);
      record.trace?.end(record, record.status ?? response.statusCode);
    }
  }

  /** Sends what is not sent yet. */
  async stop(): Promise<void> {
    await this.tracing?.stop();
  }

  private noteOperation(record: OperationRecord): void {
    const { startedAt, codes } = record;
    // A preflight, or a client that went away, was no operation.
    if (startedAt === undefined && !codes) return;
    const milliseconds = startedAt === undefined ? 0 : performance.now() - startedAt;
    this.log.noteOperation(record, milliseconds);
    this.metrics?.noteOperation(record, milliseconds);
  }
}

/** What is thrown here is answered elsewhere, if there is still somebody to answer. */
function noteFailure(record: OperationRecord, error: unknown, isClientGone: boolean): void {
  if (error instanceof HttpError) {
    record.status = error.status;
    record.fail(error.code);
  } else if (!isClientGone) {
    record.status = 500;
    record.fail(ErrorCode.INTERNAL_SERVER_ERROR);
  }
}

/** What the configuration asks for. What it does not ask for is not even loaded: a start has better things to do. */
export async function createTelemetry(
  { operationLog, metrics, tracing, database }: Config,
  log: Logger,
): Promise<Telemetry> {
  const { Metrics } = metrics ? await import('./metrics.js') : {};
  const { Tracing } = tracing ? await import('./tracing.js') : {};
  return new Telemetry(
    new OperationLog(log, operationLog),
    Metrics && new Metrics(),
    tracing && Tracing && new Tracing(tracing, database.kind, log),
  );
}
