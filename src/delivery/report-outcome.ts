import type { Logger } from 'pino';
import type { Tried } from './attempt.js';
import { DeliveryState } from './delivery.entity.js';

/** Tells the log what a try came to. */
export function reportOutcome(log: Logger, channel: string, { delivery, outcome }: Tried, state: DeliveryState): void {
  const told = { channel, delivery: delivery.id, attempts: delivery.attempts, ...outcome.answer };
  if (outcome.kind === 'delivered') log.debug(told, 'Delivered');
  else if (state === DeliveryState.DEAD) log.error({ ...told, reason: outcome.error }, 'Given up: see catalog notices');
  else log.warn({ ...told, reason: outcome.error }, 'Not delivered yet: trying again');
}
