import type { Logger } from 'pino';
import { BadCursorError, UnavailableError } from '../errors.js';
import { Following } from './following.js';
import { SharedReads } from './shared-reads.js';
import type { EventJournal, EventSelection, JournalEvent } from './event-journal.js';

/** What a subscriber asks for. */
export interface FollowedEvents {
  /** The id of the last event that it knows; undefined for what happens from now on. */
  readonly after: string | undefined;
  readonly selection: EventSelection;
  /** What the selection can't tell. */
  readonly isMeant?: (event: JournalEvent) => boolean;
}

/** Has a function called when events may have been committed. @returns what ends that */
export type EventSignal = (wake: () => void) => () => Promise<void>;

/** What is told of an event: its answer, or why there is none and will be no more. */
export type Told = { readonly answer: unknown } | { readonly failure: unknown };

/** Events that are read at once, and that are kept for those who are a little behind. */
const BATCH = 500;
const MOST_KEPT = 1000;

/**
 * The events of the outbox as they are committed, by whichever process, for all subscribers of this one: each is read
 * once. Who subscribes has a place in the journal and no queue: however slow, it costs no memory. While nobody does,
 * nothing is read.
 */
export class EventFeed {
  readonly reads = new SharedReads();
  /** The newest, in order: all behind `floor`, up to `seen`. */
  private readonly kept: JournalEvent[] = [];
  private floor = 0;
  private seen = 0;
  private readonly followers = new Set<Following>();
  private running: Promise<() => Promise<void>> | undefined;
  private isReading = false;
  private isAskedAgain = false;
  private isStopped = false;

  constructor(
    readonly journal: EventJournal,
    private readonly signal: EventSignal,
    private readonly settings: { readonly pollMs: number; readonly mostFollowers: number },
    private readonly log: Logger,
  ) {}

  /**
   * What is told of the events, in order, until the reader returns.
   * @param tell the answer for an event; null where the subscriber is not to hear of it
   * @throws UnavailableError where there are too many; BadCursorError where events behind `after` may be gone
   */
  async follow(events: FollowedEvents, tell: (event: JournalEvent) => Promise<unknown>): Promise<Following> {
    if (this.isStopped) throw stopping();
    if (this.followers.size >= this.settings.mostFollowers)
      throw new UnavailableError('The service has as many subscribers as it takes: try again.');
    const position = events.after === undefined ? await this.journal.lastId() : await this.positionOf(events.after);
    const following = new Following(this, position, events, tell);
    this.followers.add(following);
    try {
      await (this.running ??= this.start());
    } catch (error) {
      await this.leave(following);
      throw error;
    }
    return following;
  }

  /** Whether what comes behind a place is kept here. */
  covers(position: number): boolean {
    return position >= this.floor;
  }

  /** The first event behind a place that is covered. */
  next(position: number): JournalEvent | undefined {
    return this.kept[this.kept.findLastIndex(({ id }) => id <= position) + 1];
  }

  /** Called by who wants no more. */
  async leave(following: Following): Promise<void> {
    this.followers.delete(following);
    if (this.followers.size > 0 || !this.running) return;
    const { running } = this;
    this.running = undefined;
    await (
      await running
    )();
  }

  /** Ends all subscriptions: each is told so. */
  async stop(): Promise<void> {
    this.isStopped = true;
    const { running } = this;
    for (const following of this.followers) void following.end(stopping());
    await (
      await running
    )?.();
  }

  private async positionOf(after: string): Promise<number> {
    if (!/^\d{1,15}$/.test(after)) throw new BadCursorError('after');
    const position = Number(after);
    const { first, last } = await this.journal.bounds();
    // From the beginning of what there is; else what the client knows has to be there still, or events may be missing.
    if (position !== 0 && (position > last || position < first)) throw new BadCursorError('after');
    return position;
  }

  private async start(): Promise<() => Promise<void>> {
    this.kept.length = 0;
    this.seen = this.floor = await this.journal.lastId();
    const stopSignal = this.signal(() => void this.read());
    const timer = setInterval(() => void this.read(), this.settings.pollMs).unref();
    return async () => {
      clearInterval(timer);
      await stopSignal();
    };
  }

  /** Reads what is new. Whoever asks meanwhile has it read once more. */
  private async read(): Promise<void> {
    this.isAskedAgain = true;
    if (this.isReading) return;
    this.isReading = true;
    try {
      while (this.isAskedAgain && this.running) {
        this.isAskedAgain = false;
        const events = await this.journal.after(this.seen, BATCH);
        this.keep(events);
        this.isAskedAgain ||= events.length === BATCH;
      }
    } catch (error) {
      // The next signal, or poll, tries again.
      this.log.debug({ err: error }, 'events could not be read');
    } finally {
      this.isReading = false;
    }
  }

  private keep(read: readonly JournalEvent[]): void {
    const events = read.filter(({ id }) => id > this.seen);
    const last = events.at(-1);
    if (!last) return;
    this.seen = last.id;
    this.kept.push(...events);
    const dropped = this.kept.splice(0, Math.max(0, this.kept.length - MOST_KEPT)).at(-1);
    if (dropped) this.floor = dropped.id;
    for (const following of this.followers) following.wake();
  }
}

const stopping = () => new UnavailableError('The service is stopping: subscribe again, with `after`.');
