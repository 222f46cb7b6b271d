import type { EntityManager } from '@mikro-orm/core';
import type { Config } from '../config.js';
import type { Channel } from '../delivery/channel.js';
import { pauseChannel } from '../delivery/channel.writes.js';
import type { Outcome } from '../delivery/outcome.js';
import type { Told } from '../delivery/told.js';
import type { Id } from '../shared/id.js';
import { callWebhook } from './call-webhook.js';
import type { Agents } from './guarded-connection.js';
import { Webhook } from './webhook.entity.js';
import { HOUR } from '../shared/durations.js';

/** How the names of webhooks' channels begin. */
export const WEBHOOK_PREFIX = 'webhook:';

/** The channel of a webhook. */
export const channelNameOf = (id: Id): string => `${WEBHOOK_PREFIX}${id}`;

/** The id of the webhook that has a channel; undefined for a channel of another kind. */
export const webhookIdOf = (name: string): Id | undefined =>
  name.startsWith(WEBHOOK_PREFIX) ? Number(name.slice(WEBHOOK_PREFIX.length)) : undefined;

/** What a receiver knows a message by: the same each time that it is sent. */
export const messageIdOf = (eventId: number): string => `event_${eventId}`;

/** A webhook as a channel: one call for each event. */
export function webhookChannel(
  { id, url, topics, secret }: Webhook,
  { disableHours }: Config['webhooks'],
  agents: Agents,
): Channel {
  return {
    name: channelNameOf(id),
    topics: new Set(topics.split(',')),
    windowSeconds: 0,
    compose: (told) => told.map((each) => ({ told: [each], body: webhookBody(each) })),
    send: ({ body, firstEventId }, signal) =>
      callWebhook({ url, secret, messageId: messageIdOf(firstEventId), body }, agents, signal),
    afterOutcome: (em, outcome, now) => noteHealth(em, id, outcome, disableHours, now),
  };
}

/**
 * What a receiver is sent of an event.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-structure
 */
function webhookBody({ event, topics }: Told): string {
  const { type, occurredAt, id, entity, entityId, label, changes, actorId, source, requestId } = event;
  const data = { id: String(id), entity, entityId, label, changes, topics, actorId, source, requestId };
  return JSON.stringify({ type, timestamp: occurredAt.toISOString(), data });
}

/** Notes since when a webhook takes nothing, and disables one that has not for long, or that wants no more. */
async function noteHealth(em: EntityManager, id: Id, outcome: Outcome, disableHours: number, now: Date): Promise<void> {
  const webhook = await em.findOne(Webhook, { id });
  if (!webhook) return;
  if (outcome.kind === 'delivered') {
    webhook.failingSince = null;
    return;
  }
  webhook.failingSince ??= now;
  const isGone = outcome.kind === 'refused' && outcome.isGone === true;
  const isFailingForLong = now.getTime() - webhook.failingSince.getTime() >= disableHours * HOUR;
  if (!isGone && !isFailingForLong) return;
  webhook.disabledBecause = isGone ? outcome.error : `nothing was taken for ${disableHours} hours: ${outcome.error}`;
  await pauseChannel(em, channelNameOf(id));
}
