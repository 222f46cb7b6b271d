import type { EntityManager } from '@mikro-orm/core';
import type { Dialect } from '../database/dialect.js';
import { noteOutcome, takeNext, type Tried } from './attempt.js';
import type { Channel, ChannelSource } from './channel.js';
import { Delivery, DeliveryState } from './delivery.entity.js';
import { holdChannel, type Lease, releaseChannel } from './lease.js';
import { planDeliveries } from './plan.js';

/** What a worker serves channels by. */
export interface Service {
  readonly dialect: Dialect;
  readonly channels: ChannelSource;
  readonly lease: Lease;
  readonly giveUpHours: number;
}

/** What a step has come to. */
export type Step =
  | { readonly kind: 'send'; readonly channel: Channel; readonly delivery: Delivery; readonly noted?: DeliveryState }
  | { readonly kind: 'plan on'; readonly noted?: DeliveryState }
  /** Nothing to do before an instant, or before something happens. */
  | { readonly kind: 'rest'; readonly until?: Date; readonly noted?: DeliveryState };

/**
 * One transaction of serving a channel: notes what the last try came to, keeps the lease, turns new events into
 * deliveries and takes the next one. What it answers is to be done outside of it: no transaction waits for a network.
 * @param isLast whether nothing more is to be taken
 */
export async function serveStep(
  em: EntityManager,
  name: string,
  { dialect, channels, lease, giveUpHours }: Service,
  tried: Tried | undefined,
  isLast: boolean,
  now = new Date(),
): Promise<Step> {
  const channel = await channels.open(em, name);
  const noted = tried && (await noteOutcome(em, channel, tried, giveUpHours, now));
  if (!channel || !(await holdChannel(em, name, lease, now))) {
    // Paused meanwhile: whoever resumes it need not wait for this worker.
    await releaseChannel(em, name, lease);
    return { kind: 'rest', noted };
  }
  if (isLast) {
    await releaseChannel(em, name, lease);
    return { kind: 'rest', noted };
  }
  const { hasMore, waitsUntil } = await planDeliveries(em, dialect, channel, now);
  const next = await takeNext(em, name, now);
  if (next instanceof Delivery) return { kind: 'send', channel, delivery: next, noted };
  if (hasMore) return { kind: 'plan on', noted };
  await releaseChannel(em, name, lease);
  return { kind: 'rest', until: earlier(next, waitsUntil), noted };
}

function earlier(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
}
