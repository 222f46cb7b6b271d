import type { EntityManager } from '@mikro-orm/core';
import type { Delivery } from './delivery.entity.js';
import type { Outcome } from './outcome.js';
import type { Told, TopicCounts } from './told.js';

/** What is to be sent, and the events that it tells of. */
export interface Message {
  readonly told: readonly Told[];
  readonly body: string;
}

/** Somewhere that messages go: what they say, and how they get there. */
export interface Channel {
  readonly name: string;
  readonly topics: ReadonlySet<string>;
  /** How long an event waits for others to go with it. */
  readonly windowSeconds: number;
  /** What is sent of events, in their order. */
  compose(told: readonly Told[]): Message[];
  /**
   * What is sent of an import as a whole, to people, who are also told names in place of ids; left out for programs, which
   * are sent each event by itself, as it is.
   */
  composeImport?(counts: TopicCounts): string;
  /** Sends once, as long as the signal lets it. Never throws. */
  send(delivery: Pick<Delivery, 'body' | 'firstEventId'>, signal: AbortSignal): Promise<Outcome>;
  /** What follows from an outcome for the channel itself, in the transaction that notes it. */
  afterOutcome?(em: EntityManager, outcome: Outcome, now: Date): Promise<void>;
}

/** The channels that this process knows. */
export interface ChannelSource {
  /** Those that the configuration itself asks for. */
  readonly configured: readonly string[];
  /** Whether a name is of a channel that this process can send to. */
  readonly serves: (name: string) => boolean;
  /** The channel of a name as it is at the moment; undefined where there is none any more. */
  open(em: EntityManager, name: string): Promise<Channel | undefined>;
}
