import { type EntityManager, LockMode } from '@mikro-orm/core';
import { DeliveryChannel } from './delivery.entity.js';
import { hasEnded } from './worker-name.js';

/** Who serves a channel, and for how long nobody else may. */
export interface Lease {
  /** A name that no other worker has. */
  readonly holder: string;
  readonly seconds: number;
}

/**
 * Takes a channel for a time, or keeps it for longer. Where another worker has it, or is about to take it, nobody waits:
 * PostgreSQL skips the locked row, and SQLite has one writer at a time.
 * @returns whether it is this worker's
 */
export async function holdChannel(em: EntityManager, name: string, lease: Lease, now: Date): Promise<boolean> {
  const isFree = [{ leasedBy: lease.holder }, { leasedUntil: null }, { leasedUntil: { $lte: now } }];
  const channel = await em.findOne(
    DeliveryChannel,
    { name, pausedAfter: null, $or: isFree },
    { lockMode: LockMode.PESSIMISTIC_PARTIAL_WRITE },
  );
  if (!channel) return false;
  channel.leasedBy = lease.holder;
  channel.leasedUntil = new Date(now.getTime() + lease.seconds * 1000);
  await em.flush();
  return true;
}

/** Leaves a channel to whoever comes next. */
export async function releaseChannel(
  em: EntityManager,
  name: string,
  { holder }: Pick<Lease, 'holder'>,
): Promise<void> {
  await em.nativeUpdate(DeliveryChannel, { name, leasedBy: holder }, { leasedBy: null, leasedUntil: null });
}

/** Takes the channels of workers that are known to have died: nobody has to wait until their time is over. */
export async function releaseEnded(em: EntityManager, { holder }: Pick<Lease, 'holder'>): Promise<void> {
  const held = await em.find(DeliveryChannel, { leasedBy: { $ne: null } });
  for (const { name, leasedBy } of held) {
    if (leasedBy !== null && hasEnded(leasedBy, holder)) await releaseChannel(em, name, { holder: leasedBy });
  }
}
