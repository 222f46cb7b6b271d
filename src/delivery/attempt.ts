import type { EntityManager } from '@mikro-orm/core';
import { backoffSeconds } from './backoff.js';
import type { Channel } from './channel.js';
import { Delivery, DeliveryState } from './delivery.entity.js';
import type { Outcome } from './outcome.js';
import { HOUR, SECOND } from '../shared/durations.js';

/** A try whose outcome is still to be noted. */
export interface Tried {
  readonly delivery: Delivery;
  readonly outcome: Outcome;
}

/**
 * The next message of a channel, if it is due: noted as being sent, so that nobody can take it for one that was not.
 * @returns when it will be due, where it is not; undefined where there is none
 */
export async function takeNext(em: EntityManager, channel: string, now: Date): Promise<Delivery | Date | undefined> {
  const next = await em.findOne(Delivery, { channel, state: DeliveryState.PENDING }, { orderBy: { id: 'asc' } });
  if (!next) return undefined;
  if (next.nextAttemptAt > now) return next.nextAttemptAt;
  next.attempts += 1;
  next.firstAttemptAt ??= now;
  next.sendingAt = now;
  await em.flush();
  return next;
}

/** Notes what became of a try, and when there is to be another one. @returns the state that it is in now */
export async function noteOutcome(
  em: EntityManager,
  channel: Channel | undefined,
  { delivery, outcome }: Tried,
  giveUpHours: number,
  now: Date,
): Promise<DeliveryState> {
  const { status = null, durationMs, start = null } = outcome.answer;
  const answer = { lastStatus: status, lastDurationMs: durationMs, lastAnswer: start, sendingAt: null };
  const state = stateAfter(delivery, outcome, giveUpHours, now);
  await em.nativeUpdate(
    Delivery,
    { id: delivery.id, state: DeliveryState.PENDING },
    outcome.kind === 'delivered'
      ? { ...answer, state, sentAt: now, lastError: null }
      : { ...answer, state, lastError: outcome.error, nextAttemptAt: nextAttempt(delivery, outcome, now) },
  );
  await channel?.afterOutcome?.(em, outcome, now);
  return state;
}

function stateAfter({ firstAttemptAt }: Delivery, { kind }: Outcome, giveUpHours: number, now: Date): DeliveryState {
  if (kind === 'delivered') return DeliveryState.DELIVERED;
  const isGivenUp = now.getTime() - (firstAttemptAt ?? now).getTime() >= giveUpHours * HOUR;
  return kind === 'refused' || isGivenUp ? DeliveryState.DEAD : DeliveryState.PENDING;
}

function nextAttempt({ attempts }: Delivery, outcome: Outcome, now: Date): Date {
  const asked = outcome.kind === 'failed' ? (outcome.retryAfterSeconds ?? 0) : 0;
  // What is asked for is the least: all who were told the same don't come back at the same moment.
  const seconds = asked > 0 ? asked + Math.random() : backoffSeconds(attempts);
  return new Date(now.getTime() + seconds * SECOND);
}
