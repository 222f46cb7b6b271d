import { OperationRecord } from './operation-record.js';
import type { OperationTrace } from './tracing.js';

/** How a subscription reaches its client. */
export type Transport = 'websocket' | 'sse';

/** What is noted of a subscription, from when it is asked for until it ends. */
export class SubscriptionRecord extends OperationRecord {
  /** That it has told of. */
  events = 0;
  /** Whether it was ended because the client took nothing of what it was sent. */
  isDropped = false;

  constructor(
    requestId: string,
    readonly transport: Transport,
    trace?: OperationTrace,
  ) {
    super(requestId, trace);
  }

  /** The codes of what it failed with; OK where it came to its end, or the client left. */
  get outcome(): string | string[] {
    return this.isDropped ? 'TOO_SLOW' : (this.codes ?? 'OK');
  }
}
