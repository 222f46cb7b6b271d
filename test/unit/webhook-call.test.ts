import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { callWebhook } from '../../src/webhook/call-webhook.js';
import { agentsFor } from '../../src/webhook/guarded-connection.js';
import { type FakeReceiver, startReceiver } from '../support/fake-receiver.js';

const SECRET = `whsec_${Buffer.alloc(32, 'plumbus').toString('base64')}`;
const BODY = JSON.stringify({ type: 'product.created', data: { label: 'Плюмбус 🦑' } });
const inside = agentsFor(true);
const never = new AbortController().signal;

let receiver: FakeReceiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(() => receiver.forget());
afterAll(() => receiver.stop());

const call = (agents = inside, signal = never, url = `${receiver.url}/hooks?of=shop`) =>
  callWebhook({ url, secret: SECRET, messageId: 'event_7', body: BODY }, agents, signal);

test('posts a body that its receiver can verify', async () => {
  receiver.next({ status: 204 });
  expect(await call()).toEqual({
    kind: 'delivered',
    answer: { status: 204, durationMs: expect.any(Number), start: '' },
  });
  const [{ path, headers, body } = expect.fail('nothing came')] = receiver.received;
  expect(path).toBe('/hooks?of=shop');
  expect(headers).toMatchObject({ 'webhook-id': 'event_7', 'content-type': 'application/json' });
  expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}=$/);
  expect(new Webhook(SECRET).verify(body, headers)).toEqual(JSON.parse(BODY));
  expect(() => new Webhook(SECRET).verify(`${body} `, headers)).toThrow('No matching signature');
});

test.each([
  [
    'a failure',
    { status: 500, body: 'no\nplumbus \u0000today' },
    { kind: 'failed', error: 'answered 500', answer: { status: 500, start: 'no plumbus today' } },
  ],
  [
    'a wish to be left alone',
    { status: 429, headers: { 'retry-after': '7' } },
    { kind: 'failed', retryAfterSeconds: 7 },
  ],
  [
    'a redirect',
    { status: 302, headers: { location: '/elsewhere' } },
    { kind: 'failed', error: '302: redirects are not followed' },
  ],
  ['who wants no more', { status: 410 }, { kind: 'refused', isGone: true }],
  ['a closed connection', 'close', { kind: 'failed', error: 'no answer (ECONNRESET)' }],
] as const)('notes %s, after one request', async (_what, behaviour, outcome) => {
  receiver.next(behaviour);
  expect(await call()).toMatchObject(outcome);
  expect(receiver.received).toHaveLength(1);
});

test('waits no longer than it may', async () => {
  receiver.next('hang', 'hang');
  expect(await call(inside, AbortSignal.timeout(50))).toMatchObject({ kind: 'failed', error: 'no answer in time' });
  const stopped = new AbortController();
  setTimeout(() => stopped.abort(), 50);
  expect(await call(inside, stopped.signal)).toMatchObject({ kind: 'failed', error: 'interrupted' });
});

test('keeps the beginning of a long answer, and does not listen to all of it', async () => {
  receiver.next({ status: 200, body: 'x'.repeat(5_000_000) });
  const outcome = await call();
  expect(outcome).toMatchObject({ kind: 'delivered', answer: { start: 'x'.repeat(500) } });
});

test('an address that nobody listens on is no answer', async () => {
  expect(await call(inside, never, 'http://127.0.0.1:1/')).toMatchObject({
    kind: 'failed',
    error: 'no answer (ECONNREFUSED)',
  });
});

// A name that leads inside the network only when the socket connects.
const rebound = agentsFor(false, {
  lookup: (_host, _options, found) =>
    found(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]),
});

test.each(['http', 'https'])('by %s, no request reaches an address inside the network', async (scheme) => {
  const { port } = new URL(receiver.url);
  const guarded = agentsFor(false);
  const refused = {
    kind: 'failed',
    error: 'leads to an address inside the network (WEBHOOK_ALLOW_PRIVATE allows that)',
  };
  for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'])
    expect(await call(guarded, never, `${scheme}://${host}:${port}/`), host).toMatchObject(refused);
  expect(await call(rebound, never, `${scheme}://shop.example:${port}/`)).toMatchObject(refused);
  expect(receiver.received).toEqual([]);
});
