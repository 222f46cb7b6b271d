import { setImmediate } from 'node:timers/promises';
import type { EventFeed, FollowedEvents, Told } from './event-feed.js';
import type { JournalEvent } from './event-journal.js';

/** Events that are read at once by who is far behind. */
const BATCH = 100;
/** Events that are not for the subscriber, between two turns of others. */
const PASSED_AT_ONCE = 20;
const DONE = { done: true, value: undefined } as const;

/**
 * One subscriber's way along the journal: it goes on when the reader asks for the next one. No generator, because one that
 * waits can't be ended before the next event.
 */
export class Following implements AsyncGenerator<Told> {
  /** Events that were read for this one alone. */
  private ahead: JournalEvent[] = [];
  private isEnded = false;
  private failure: unknown;
  private wakeUp: (() => void) | undefined;

  constructor(
    private readonly feed: EventFeed,
    private position: number,
    private readonly events: FollowedEvents,
    private readonly tell: (event: JournalEvent) => Promise<unknown>,
  ) {}

  async next(): Promise<IteratorResult<Told>> {
    for (let passed = 1; !this.isEnded; passed += 1) {
      // On SQLite all of this is done without a pause: others have their turn, too.
      if (passed % PASSED_AT_ONCE === 0) await setImmediate();
      try {
        const event = await this.nextEvent();
        const answer = event && (await this.tell(event));
        if (answer !== undefined && answer !== null && !this.isEnded) return { done: false, value: { answer } };
      } catch (error) {
        await this.end(error);
      }
    }
    return this.lastWord();
  }

  async return(): Promise<IteratorResult<Told>> {
    await this.end();
    this.failure = undefined;
    return DONE;
  }

  async throw(error: unknown): Promise<IteratorResult<Told>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** There may be something new. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Ends it; the reader is told of a failure. */
  async end(failure?: unknown): Promise<void> {
    if (this.isEnded) return;
    this.isEnded = true;
    this.failure = failure;
    this.ahead = [];
    this.wake();
    await this.feed.leave(this);
  }

  private lastWord(): IteratorResult<Told> {
    const { failure } = this;
    this.failure = undefined;
    return failure === undefined ? DONE : { done: false, value: { failure } };
  }

  /** The next event that is meant; undefined after a wait, or a look at others. */
  private async nextEvent(): Promise<JournalEvent | undefined> {
    const event = this.ahead.shift() ?? (this.feed.covers(this.position) ? this.feed.next(this.position) : undefined);
    if (event) {
      this.position = event.id;
      return this.isMeant(event) ? event : undefined;
    }
    if (this.feed.covers(this.position)) await this.news();
    else await this.readAhead();
    return undefined;
  }

  private async readAhead(): Promise<void> {
    const { journal } = this.feed;
    const last = await journal.lastId();
    this.ahead = await journal.after(this.position, BATCH, this.events.selection);
    // None is left up to there.
    if (this.ahead.length === 0) this.position = Math.max(this.position, last);
  }

  private async news(): Promise<void> {
    if (this.isEnded) return;
    await new Promise<void>((resolve) => (this.wakeUp = resolve));
    this.wakeUp = undefined;
  }

  private isMeant(event: JournalEvent): boolean {
    const { selection, isMeant } = this.events;
    const { entity, entityIds, types } = selection;
    if (entity && event.entity !== entity) return false;
    if (entityIds && !entityIds.includes(event.entityId)) return false;
    if (types && !types.includes(event.type)) return false;
    return !isMeant || isMeant(event);
  }
}
