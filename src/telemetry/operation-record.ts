import { AsyncLocalStorage } from 'node:async_hooks';
import type { Id } from '../shared/id.js';
import type { OperationTrace } from './tracing.js';

/** What is noted of a request to the API while it is answered, for the log, the metrics and the trace. */
export class OperationRecord {
  /** When its text was there, by `performance.now()`; undefined until then. */
  startedAt: number | undefined;
  /** Of a valid document; undefined before, and for what is none. */
  type: 'query' | 'mutation' | 'subscription' | undefined;
  /** As the document has it; undefined where it has none. */
  name: string | undefined;
  /** undefined for who is not signed in. */
  viewerId: Id | undefined;
  statements = 0;
  /** Of a refused request's answer, which is not written yet. */
  status: number | undefined;
  /** Of the errors that were answered, in order; undefined where there are none. */
  codes: string[] | undefined;

  constructor(
    readonly requestId: string,
    /** undefined where nothing is traced. */
    readonly trace?: OperationTrace,
  ) {}

  /** Notes that the request's text is there: how long a client takes to send it is not the service's time. */
  start(): void {
    this.startedAt = performance.now();
    this.trace?.startOperation();
  }

  /** Notes an error that is answered. */
  fail(code: string): void {
    (this.codes ??= []).push(code);
  }
}

const current = new AsyncLocalStorage<OperationRecord>();

/** Runs what answers a request; whatever it calls finds the record by `currentOperation`. */
export const whileAnswering = <T>(record: OperationRecord, answer: () => T): T => current.run(record, answer);

/**
 * The record of the request that is being answered, for what is told of nothing else, as a statement of the database or
 * Apollo's formatting of errors.
 */
export const currentOperation = (): OperationRecord | undefined => current.getStore();
