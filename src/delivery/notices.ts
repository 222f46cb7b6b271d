import type { EntityManager } from '@mikro-orm/core';
import { NotFoundError } from '../errors.js';
import { Delivery, DeliveryState } from './delivery.entity.js';

const OPEN = [DeliveryState.DEAD, DeliveryState.PENDING];

/** What was given up and what waits, in the order of the ids. @param most of them */
export function listNotices(em: EntityManager, most: number): Promise<Delivery[]> {
  return em.find(Delivery, { state: { $in: OPEN } }, { orderBy: { id: 'asc' }, limit: most });
}

/** The ids of what was given up. */
export async function deadNotices(em: EntityManager): Promise<number[]> {
  const dead = await em.find(Delivery, { state: DeliveryState.DEAD }, { fields: ['id'], orderBy: { id: 'asc' } });
  return dead.map(({ id }) => id);
}

/**
 * Lets deliveries be tried at once, those that were given up too: these have all their time again, and go before
 * whatever came after them.
 * @throws NotFoundError naming the first that is neither dead nor waiting; nothing is changed then
 */
export async function retryNotices(em: EntityManager, ids: readonly number[]): Promise<void> {
  const now = new Date();
  for (const id of ids) {
    const changed = await em.nativeUpdate(
      Delivery,
      { id, state: { $in: OPEN } },
      { state: DeliveryState.PENDING, nextAttemptAt: now, firstAttemptAt: null, attempts: 0 },
    );
    if (changed === 0) throw notOpen(id);
  }
}

/**
 * Removes deliveries that have not been made.
 * @throws NotFoundError naming the first that is neither dead nor waiting; nothing is removed then
 */
export async function dropNotices(em: EntityManager, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    const removed = await em.nativeDelete(Delivery, { id, state: { $in: OPEN } });
    if (removed === 0) throw notOpen(id);
  }
}

const notOpen = (id: number) => new NotFoundError('Notice', String(id));
