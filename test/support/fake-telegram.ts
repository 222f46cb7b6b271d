import { type Behaviour, type FakeReceiver, startReceiver } from './fake-receiver.js';

export const BOT_API_KEY = '123456:a-secret_key-that-nobody-may-read';
export const CHAT = '987654';

/** Somebody who plays Telegram's Bot API. */
export interface FakeTelegram extends FakeReceiver {
  /** The texts of the messages that it took, in order. */
  readonly taken: readonly string[];
  /** How it takes a message. */
  readonly asUsual: typeof telegramAnswers.taken;
  /** For a service that sends there. */
  readonly environment: Record<string, string>;
}

/** What the Bot API answers. @see https://core.telegram.org/bots/api#making-requests */
export const telegramAnswers = {
  taken: { status: 200, body: { ok: true, result: { message_id: 1, date: 0, chat: { id: 1, type: 'private' } } } },
  tooMany: (seconds: number): Behaviour =>
    error(429, `Too Many Requests: retry after ${seconds}`, { retry_after: seconds }),
  badRequest: (description = "can't parse entities"): Behaviour => error(400, `Bad Request: ${description}`),
  failed: { status: 500, body: '<html>not JSON</html>' },
} as const;

const error = (code: number, description: string, parameters?: object): Behaviour => ({
  status: code,
  body: { ok: false, error_code: code, description, parameters },
});

export async function startTelegram(port = 0): Promise<FakeTelegram> {
  const receiver = await startReceiver(telegramAnswers.taken, port);
  return {
    ...receiver,
    get taken() {
      return receiver.received
        .filter(({ behaviour }) => typeof behaviour === 'object' && behaviour.body === telegramAnswers.taken.body)
        .map(({ body }) => (JSON.parse(body) as { text: string }).text);
    },
    asUsual: telegramAnswers.taken,
    environment: {
      DELIVERY: 'on',
      TELEGRAM_BOT_API_KEY: BOT_API_KEY,
      TELEGRAM_USER_ID: CHAT,
      TELEGRAM_API_URL: receiver.url,
      NOTICE_WINDOW_SECONDS: '0',
      DELIVERY_TIMEOUT_SECONDS: '1',
    },
  };
}
