import type { EntityManager } from '@mikro-orm/core';
import type { Dialect } from '../database/dialect.js';
import { EventConsumer } from '../event/event.entity.js';
import type { Channel, Message } from './channel.js';
import { Delivery, DeliveryState } from './delivery.entity.js';
import { withNamedLinks } from './named-links.js';
import { readEvents } from './read-events.js';
import { addCounts, countsOf, type Told, toldOf, type TopicCounts } from './told.js';
import { SECOND } from '../shared/durations.js';

/** Events that are looked at in one transaction. */
const MOST_EVENTS = 1000;
/** How long there is nothing more of an import before it counts as over, at least: its batches come one by one. */
const IMPORT_QUIET_SECONDS = 3;

/** Where the planning of a channel stands. */
export interface Planned {
  /** Whether there are more events to look at at once. */
  hasMore: boolean;
  /** When the events that wait for others will have waited long enough. */
  waitsUntil?: Date;
}

/**
 * Turns the events that a channel has not been told of into deliveries, in the same transaction as its advance: each
 * event leads to one delivery, whenever the process dies.
 */
export async function planDeliveries(
  em: EntityManager,
  dialect: Dialect,
  channel: Channel,
  now: Date,
): Promise<Planned> {
  const consumer = await em.findOneOrFail(EventConsumer, { name: channel.name });
  const isForPeople = channel.composeImport !== undefined;
  const events = await readEvents(
    em,
    dialect,
    consumer.lastEventId,
    MOST_EVENTS,
    isForPeople ? 'changes of what imports have made' : undefined,
  );
  const last = events.at(-1);
  const hasMore = events.length === MOST_EVENTS;
  if (last) {
    const told = toldOf(events, channel.topics);
    const imported = isForPeople ? told.filter(isImported) : [];
    const single = isForPeople ? told.filter((each) => !isImported(each)) : told;
    const ripeAt = ripeFrom(single, channel);
    if (ripeAt && ripeAt > now && !hasMore) return { hasMore, waitsUntil: ripeAt };
    const composed = isForPeople ? await withNamedLinks(em, single) : single;
    for (const message of composed.length > 0 ? channel.compose(composed) : []) addDelivery(em, channel, message, now);
    await gather(em, channel, imported, now);
    consumer.lastEventId = last.id;
    await em.flush();
  }
  if (!hasMore) await finishImports(em, channel, now);
  return { hasMore };
}

const isImported = ({ event }: Told) => event.source === 'IMPORT' && event.requestId !== null;

function ripeFrom([first]: readonly Told[], { windowSeconds }: Channel): Date | undefined {
  return first && new Date(first.event.occurredAt.getTime() + windowSeconds * SECOND);
}

function addDelivery(em: EntityManager, { name }: Channel, { told, body }: Message, now: Date): void {
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) return;
  em.create(Delivery, {
    channel: name,
    state: DeliveryState.PENDING,
    firstEventId: first.event.id,
    lastEventId: last.event.id,
    eventCount: told.length,
    body,
    createdAt: now,
    nextAttemptAt: now,
  });
}

/** Adds what an import has done to what it did before. */
async function gather(em: EntityManager, channel: Channel, imported: readonly Told[], now: Date): Promise<void> {
  const quietUntil = new Date(now.getTime() + Math.max(channel.windowSeconds, IMPORT_QUIET_SECONDS) * SECOND);
  for (const [gathers, told] of Map.groupBy(imported, ({ event }) => event.requestId ?? '')) {
    const [first, last] = [told[0], told.at(-1)];
    if (!first || !last) continue;
    const kept =
      (await em.findOne(Delivery, { channel: channel.name, state: DeliveryState.GATHERING, gathers })) ??
      em.create(Delivery, {
        channel: channel.name,
        state: DeliveryState.GATHERING,
        gathers,
        firstEventId: first.event.id,
        lastEventId: last.event.id,
        eventCount: 0,
        body: '{}',
        createdAt: now,
        nextAttemptAt: quietUntil,
      });
    kept.body = JSON.stringify(addCounts(JSON.parse(kept.body) as TopicCounts, countsOf(told)));
    kept.eventCount += told.length;
    kept.lastEventId = last.event.id;
    kept.nextAttemptAt = quietUntil;
  }
}

/** Makes messages of the imports that are over. Each takes its place behind what was told while it went on. */
async function finishImports(em: EntityManager, channel: Channel, now: Date): Promise<void> {
  const over = await em.find(
    Delivery,
    { channel: channel.name, state: DeliveryState.GATHERING, nextAttemptAt: { $lte: now } },
    { orderBy: { id: 'asc' } },
  );
  for (const { body, firstEventId, lastEventId, eventCount } of over) {
    const counts = JSON.parse(body) as TopicCounts;
    em.create(Delivery, {
      channel: channel.name,
      state: DeliveryState.PENDING,
      firstEventId,
      lastEventId,
      eventCount,
      body: channel.composeImport?.(counts) ?? body,
      createdAt: now,
      nextAttemptAt: now,
    });
  }
  for (const each of over) em.remove(each);
  await em.flush();
}
