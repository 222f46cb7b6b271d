import type { Database } from '../database/database.js';
import { unitOfWork } from '../database/unit-of-work.js';
import { Delivery, DeliveryState } from './delivery.entity.js';
import { DAY } from '../shared/durations.js';

/** Rows of one step: nobody waits long for it. */
const STEP = 500;

/** Removes some deliveries that were made longer ago. @returns whether there are none left */
export async function pruneDelivered(database: Database, retentionDays: number, now = new Date()): Promise<boolean> {
  const old = { state: DeliveryState.DELIVERED, sentAt: { $lt: new Date(now.getTime() - retentionDays * DAY) } };
  // Looked up beforehand: where there is nothing to remove, nobody has to wait for a writer.
  const found = await database
    .fork()
    .find(Delivery, old, { fields: ['id'], orderBy: { sentAt: 'asc', id: 'asc' }, limit: STEP });
  if (found.length === 0) return true;
  await unitOfWork(database, (em) => em.nativeDelete(Delivery, { ...old, id: { $in: found.map(({ id }) => id) } }));
  return found.length < STEP;
}
