import type { OutboxEvent } from './outbox-event.js';
import { type Topic, topicsOf } from './topics.js';

/** An event, and the topics that it is told for: one at least. */
export interface Told {
  readonly event: OutboxEvent;
  readonly topics: readonly Topic[];
}

/** How many events there are of which topic. */
export type TopicCounts = Partial<Record<Topic, number>>;

/** The events that are subscribed to. */
export function toldOf(events: readonly OutboxEvent[], subscribed: ReadonlySet<string>): Told[] {
  return events
    .map((event) => ({ event, topics: topicsOf(event, subscribed) }))
    .filter(({ topics }) => topics.length > 0);
}

/** Events by what says most about each. */
export function countsOf(told: readonly Told[]): TopicCounts {
  const counts: TopicCounts = {};
  for (const { topics } of told) if (topics[0] !== undefined) counts[topics[0]] = (counts[topics[0]] ?? 0) + 1;
  return counts;
}

/** Counts added up. */
export function addCounts(a: TopicCounts, b: TopicCounts): TopicCounts {
  const sum: TopicCounts = { ...a };
  for (const [topic, count] of Object.entries(b) as [Topic, number][]) sum[topic] = (sum[topic] ?? 0) + count;
  return sum;
}
