import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { createBot, type SendMessage } from '../../src/telegram/bot.js';
import { BOT_API_KEY, CHAT, type FakeTelegram, startTelegram, telegramAnswers } from '../support/fake-telegram.js';

let telegram: FakeTelegram;
let send: SendMessage;
const never = new AbortController().signal;

beforeAll(async () => {
  telegram = await startTelegram();
  const { telegram: config } = readConfig(telegram.environment);
  if (!config) throw new Error('Telegram is not configured.');
  send = createBot(config);
});
beforeEach(() => telegram.forget());
afterAll(() => telegram.stop());

test('sends a message to the chat, as HTML and without a preview of its links', async () => {
  const outcome = await send('<b>Plumbus</b>', never);
  expect(outcome).toEqual({ kind: 'delivered', answer: { status: 200, durationMs: expect.any(Number) } });
  expect(telegram.received.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    [
      `/bot${BOT_API_KEY}/sendMessage`,
      { chat_id: CHAT, text: '<b>Plumbus</b>', parse_mode: 'HTML', link_preview_options: { is_disabled: true } },
    ],
  ]);
});

test.each([
  [
    'too many messages',
    telegramAnswers.tooMany(7),
    { kind: 'failed', error: '429 Too Many Requests: retry after 7', retryAfterSeconds: 7 },
  ],
  [
    'a message that is wrong',
    telegramAnswers.badRequest(),
    { kind: 'refused', error: "400 Bad Request: can't parse entities" },
  ],
  [
    'a chat that is not there',
    telegramAnswers.badRequest('chat not found'),
    { kind: 'failed', error: '400 Bad Request: chat not found' },
  ],
  ['a failure', telegramAnswers.failed, { kind: 'failed', error: 'an answer that is not of the Bot API' }],
  ['a closed connection', 'close', { kind: 'failed', error: 'no answer (ECONNRESET)' }],
] as const)('notes %s', async (_what, behaviour, outcome) => {
  telegram.next(behaviour);
  expect(await send('hello', never)).toMatchObject(outcome);
  expect(telegram.received).toHaveLength(1);
});

test('waits no longer than it may', async () => {
  telegram.next('hang', 'hang');
  expect(await send('hello', AbortSignal.timeout(50))).toMatchObject({ kind: 'failed', error: 'no answer in time' });
  const stopped = new AbortController();
  setTimeout(() => stopped.abort(), 50);
  expect(await send('hello', stopped.signal)).toMatchObject({ kind: 'failed', error: 'interrupted' });
});

test('says the key in no error, whatever Telegram or the network answers', async () => {
  telegram.next(
    { status: 404, body: { ok: false, error_code: 404, description: `no bot ${BOT_API_KEY}` } },
    telegramAnswers.failed,
    'close',
  );
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const outcome = await send('hello', never);
    expect(outcome.kind).toBe('failed');
    expect(JSON.stringify(outcome)).not.toContain('a-secret_key');
  }
});
