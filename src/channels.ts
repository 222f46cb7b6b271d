import type { Config } from './config.js';
import type { ChannelSource } from './delivery/channel.js';
import { TELEGRAM, telegramChannel } from './telegram/telegram-channel.js';
import { agentsFor } from './webhook/guarded-connection.js';
import { webhookChannel, webhookIdOf } from './webhook/webhook-channel.js';
import { Webhook } from './webhook/webhook.entity.js';

/** Where messages go, put together: Telegram where it is configured, and the webhooks that there are at the moment. */
export function channelsOf(config: Config): ChannelSource {
  const telegram = config.telegram && telegramChannel(config.telegram, config);
  const agents = agentsFor(config.webhooks.allowsPrivate);
  return {
    configured: telegram ? [TELEGRAM] : [],
    serves: (name) => (name === TELEGRAM ? telegram !== undefined : webhookIdOf(name) !== undefined),
    async open(em, name) {
      if (name === TELEGRAM) return telegram;
      const webhook = await em.findOne(Webhook, { id: webhookIdOf(name) });
      return webhook ? webhookChannel(webhook, config.webhooks, agents) : undefined;
    },
  };
}
