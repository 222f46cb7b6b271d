import type { Config, TelegramConfig } from '../config.js';
import type { Channel } from '../delivery/channel.js';
import type { Told } from '../delivery/told.js';
import { createBot } from './bot.js';
import { importMessage, noticeMessage } from './notice-message.js';
import { pagesBelow } from './page-address.js';

export const TELEGRAM = 'telegram';

/** The configured chat: the changes of a window are one message, without a window each by itself; an import is one. */
export function telegramChannel(telegram: TelegramConfig, { publicUrl }: Pick<Config, 'publicUrl'>): Channel {
  const sendMessage = createBot(telegram);
  const pageOf = publicUrl === undefined ? () => undefined : pagesBelow(publicUrl);
  const messageOf = (told: readonly Told[]) => ({ told, body: noticeMessage(told, pageOf) });
  return {
    name: TELEGRAM,
    topics: new Set(telegram.topics),
    windowSeconds: telegram.windowSeconds,
    compose: (told) => (telegram.windowSeconds === 0 ? told.map((each) => messageOf([each])) : [messageOf(told)]),
    composeImport: importMessage,
    send: ({ body }, signal) => sendMessage(body, signal),
  };
}
