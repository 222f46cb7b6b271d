import type { EntityManager } from '@mikro-orm/core';
import { LostRace } from '../database/lost-race.js';
import { flush } from '../database/unit-of-work.js';
import { Event, EventConsumer } from '../event/event.entity.js';
import { DeliveryChannel } from './delivery.entity.js';

/** The event that was written last; 0 before the first. */
async function lastEventId(em: EntityManager): Promise<number> {
  const last = await em.findOne(Event, { id: { $gt: 0 } }, { orderBy: { id: 'desc' }, fields: ['id'] });
  return last?.id ?? 0;
}

const openedMeanwhile = () => new LostRace('the channel is open already');

/** Of two processes that start at once, one opens a channel and the other finds it open. */
const OPENED_MEANWHILE = {
  event_consumers_pkey: openedMeanwhile,
  event_consumers_name_unique: openedMeanwhile,
  delivery_channels_pkey: openedMeanwhile,
  delivery_channels_name_unique: openedMeanwhile,
};

/** Makes a channel that is told of what happens from now on, or lets a paused one go on where it stopped. */
export async function openChannel(em: EntityManager, name: string): Promise<void> {
  const channel = await em.findOne(DeliveryChannel, { name });
  if (channel && channel.pausedAfter === null) return;
  em.create(EventConsumer, { name, lastEventId: channel?.pausedAfter ?? (await lastEventId(em)) });
  if (channel) channel.pausedAfter = null;
  else em.create(DeliveryChannel, { name });
  await flush(em, OPENED_MEANWHILE);
}

/**
 * Stops a channel for the time being: what waits there stays, and it no longer keeps events from being pruned.
 * @returns whether it was open
 */
export async function pauseChannel(em: EntityManager, name: string): Promise<boolean> {
  const channel = await em.findOne(DeliveryChannel, { name, pausedAfter: null });
  const consumer = await em.findOne(EventConsumer, { name });
  if (!channel || !consumer) return false;
  channel.pausedAfter = consumer.lastEventId;
  em.remove(consumer);
  await em.flush();
  return true;
}

/** Lets a paused channel leave out what has happened meanwhile. */
export async function skipMissed(em: EntityManager, name: string): Promise<void> {
  await em.nativeUpdate(DeliveryChannel, { name, pausedAfter: { $ne: null } }, { pausedAfter: await lastEventId(em) });
}

/** Removes a channel with all its deliveries. */
export async function removeChannel(em: EntityManager, name: string): Promise<void> {
  await em.nativeDelete(EventConsumer, { name });
  await em.nativeDelete(DeliveryChannel, { name });
}
