import type { ExecutionResult } from 'graphql';
import { codeOf } from '../errors.js';
import { whileAnswering } from './operation-record.js';
import type { SubscriptionRecord } from './subscription-record.js';

/** Notes the codes of what was answered. */
export function noteErrors(record: SubscriptionRecord, errors: ExecutionResult['errors']): void {
  for (const error of errors ?? []) record.fail(codeOf(error));
}

/** The answers of a subscription, as they come, noted in its record. */
export class ToldSubscription implements AsyncGenerator<ExecutionResult> {
  private hasEnded = false;

  constructor(
    private readonly answers: AsyncGenerator<ExecutionResult>,
    private readonly record: SubscriptionRecord,
    private readonly listener: { told(record: SubscriptionRecord): void; ended(record: SubscriptionRecord): void },
  ) {}

  next(): Promise<IteratorResult<ExecutionResult>> {
    return this.noting(() => this.answers.next());
  }

  return(): Promise<IteratorResult<ExecutionResult>> {
    return this.noting(() => this.answers.return(undefined));
  }

  throw(error: unknown): Promise<IteratorResult<ExecutionResult>> {
    return this.noting(() => this.answers.throw(error));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  private async noting(step: () => Promise<IteratorResult<ExecutionResult>>): Promise<IteratorResult<ExecutionResult>> {
    let result: IteratorResult<ExecutionResult> | undefined;
    try {
      result = await whileAnswering(this.record, step);
      return result;
    } finally {
      if (result && !result.done) this.note(result.value);
      else this.end();
    }
  }

  private note({ errors }: ExecutionResult): void {
    noteErrors(this.record, errors);
    if (errors) return;
    this.record.events += 1;
    this.listener.told(this.record);
  }

  private end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.listener.ended(this.record);
  }
}
