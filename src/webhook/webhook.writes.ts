import { randomBytes } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import type { Config } from '../config.js';
import { openChannel, pauseChannel, removeChannel, skipMissed } from '../delivery/channel.writes.js';
import { Delivery, DeliveryChannel, DeliveryState } from '../delivery/delivery.entity.js';
import { parseTopics, TOPICS } from '../delivery/topics.js';
import { BadUserInputError, ConflictError, NotFoundError } from '../errors.js';
import { toId } from '../shared/id.js';
import { channelNameOf, WEBHOOK_PREFIX } from './webhook-channel.js';
import { Webhook } from './webhook.entity.js';
import { parseWebhookUrl } from './webhook-url.js';

/** A webhook, and whether it is called. */
export interface ListedWebhook {
  readonly webhook: Webhook;
  readonly isEnabled: boolean;
}

/** @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
const makeSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

/**
 * Calls a URL at what happens from now on. The secret is not shown again.
 * @param events topics with commas between them
 * @throws BadUserInputError for a URL that may not be called, or a topic that there is none of
 */
export async function addWebhook(
  em: EntityManager,
  given: { url: string; events: string },
  rules: Config['webhooks'],
): Promise<Webhook> {
  const url = parseWebhookUrl(given.url, rules);
  const { topics, unknown } = parseTopics(given.events);
  if (unknown.length > 0 || topics.length === 0) {
    const wrong = unknown.length > 0 ? `${unknown.join(', ')} is none of` : 'must name some of';
    throw new BadUserInputError([
      { path: 'events', message: `${wrong} ${TOPICS.join(', ')}; "product.*" and "*" are several` },
    ]);
  }
  const webhook = em.create(Webhook, {
    url: url.href,
    topics: topics.join(','),
    secret: makeSecret(),
    createdAt: new Date(),
  });
  await em.flush();
  await openChannel(em, channelNameOf(webhook.id));
  return webhook;
}

/** All webhooks, in the order in which they were added. */
export async function listWebhooks(em: EntityManager): Promise<ListedWebhook[]> {
  const webhooks = await em.find(Webhook, {}, { orderBy: { id: 'asc' } });
  const open = await em.find(DeliveryChannel, { pausedAfter: null });
  const names = new Set(open.map(({ name }) => name));
  return webhooks.map((webhook) => ({ webhook, isEnabled: names.has(channelNameOf(webhook.id)) }));
}

/** Forgets a webhook, with the log of its deliveries. @throws NotFoundError */
export async function removeWebhook(em: EntityManager, id: string): Promise<Webhook> {
  const webhook = await getWebhook(em, id);
  await removeChannel(em, channelNameOf(webhook.id));
  em.remove(webhook);
  return webhook;
}

/**
 * Calls a webhook again, from where it was disabled on.
 * @param skips whether what has happened meanwhile is left out; what waited already is sent nevertheless
 * @throws NotFoundError
 */
export async function enableWebhook(em: EntityManager, id: string, skips: boolean): Promise<Webhook> {
  const webhook = await getWebhook(em, id);
  webhook.failingSince = null;
  webhook.disabledBecause = null;
  if (skips) await skipMissed(em, channelNameOf(webhook.id));
  await openChannel(em, channelNameOf(webhook.id));
  return webhook;
}

/** Calls a webhook no more until it is enabled. @throws NotFoundError */
export async function disableWebhook(em: EntityManager, id: string): Promise<Webhook> {
  const webhook = await getWebhook(em, id);
  await pauseChannel(em, channelNameOf(webhook.id));
  return webhook;
}

/** The latest deliveries of a webhook, newest first. @throws NotFoundError */
export async function webhookLog(em: EntityManager, id: string, most: number): Promise<Delivery[]> {
  const webhook = await getWebhook(em, id);
  return em.find(Delivery, { channel: channelNameOf(webhook.id) }, { orderBy: { id: 'desc' }, limit: most });
}

/**
 * Sends again what was sent, under the same message id: the receiver can tell that it is no other.
 * @returns the new delivery
 * @throws NotFoundError where there is none of a webhook's; ConflictError where it still waits to be sent
 */
export async function redeliver(em: EntityManager, deliveryId: number): Promise<Delivery> {
  const sent = await em.findOne(Delivery, { id: deliveryId, channel: { $like: `${WEBHOOK_PREFIX}%` } });
  if (!sent) throw new NotFoundError('Delivery', String(deliveryId));
  if (sent.state === DeliveryState.PENDING) throw new ConflictError(`Delivery ${deliveryId} still waits to be sent.`);
  const { channel, firstEventId, lastEventId, eventCount, body } = sent;
  const now = new Date();
  const again = em.create(Delivery, {
    channel,
    state: DeliveryState.PENDING,
    firstEventId,
    lastEventId,
    eventCount,
    body,
    createdAt: now,
    nextAttemptAt: now,
  });
  await em.flush();
  return again;
}

async function getWebhook(em: EntityManager, id: string): Promise<Webhook> {
  const webhook = await em.findOne(Webhook, { id: toId(id) });
  if (!webhook) throw new NotFoundError('Webhook', id);
  return webhook;
}
