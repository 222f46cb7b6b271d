import { Webhook as Verifier } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import {
  addWebhook,
  disableWebhook,
  enableWebhook,
  listWebhooks,
  redeliver,
  removeWebhook,
  webhookLog,
} from '../../src/webhook/webhook.writes.js';
import { Webhook } from '../../src/webhook/webhook.entity.js';
import { runCatalog } from '../support/catalog-command.js';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { deliveriesOf, hurry, waitForDeliveries } from '../support/deliveries.js';
import { type FakeReceiver, startReceiver } from '../support/fake-receiver.js';
import { startTestService, type TestService } from '../support/service.js';

const WAIT = { timeout: 15_000, interval: 20 };
const RULES = { allowsPrivate: true, allowsHttp: false, disableHours: 120 };

let receiver: FakeReceiver;
let service: TestService;
let webhook: Webhook;

beforeAll(async () => {
  receiver = await startReceiver();
  service = await startTestService({ DELIVERY: 'on', WEBHOOK_ALLOW_PRIVATE: 'true', DELIVERY_TIMEOUT_SECONDS: '1' });
});
beforeEach(async () => {
  const events = 'product.*';
  webhook = await write((em) => addWebhook(em, { url: `${receiver.url}/hooks`, events }, RULES));
  return async () => {
    await write((em) => removeWebhook(em, String(webhook.id)));
    receiver.forget();
    receiver.usually({ status: 200 });
  };
});
afterAll(async () => {
  await service.stop();
  await receiver.stop();
});

const write = <T>(work: Parameters<typeof unitOfWork<T>>[1]) => unitOfWork(service.server.database, work);
const came = (count: number) => vi.waitFor(() => expect(receiver.received).toHaveLength(count), WAIT);
const bodies = () => receiver.received.map(({ body }) => JSON.parse(body) as { type: string; data: { label: string } });
const labels = () => bodies().map(({ data }) => data.label);
const health = async () => {
  const [listed] = await listWebhooks(service.server.database.fork());
  return listed ?? expect.fail('There is no webhook.');
};

test('is called with each event, signed, in order', async () => {
  const { id } = await catalogueOf(service.admin).product({ name: 'Plumbus' });
  dataOf(await operationsOf(service.admin).product.update(id, { priceShmeckles: '12.50' }));
  await came(2);
  const [created, changed] = receiver.received;
  if (!created || !changed) expect.fail('Nothing came.');
  const verified = new Verifier(webhook.secret).verify(changed.body, changed.headers);
  expect(verified).toEqual({
    type: 'product.updated',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: {
      id: changed.headers['webhook-id']?.replace('event_', ''),
      entity: 'PRODUCT',
      entityId: id,
      label: 'Plumbus',
      changes: [{ field: 'priceShmeckles', before: '10.00', after: '12.50' }],
      topics: ['product.price_changed', 'product.updated'],
      actorId: '1',
      source: 'API',
      requestId: expect.any(String),
    },
  });
  expect(created.headers['webhook-id']).not.toBe(changed.headers['webhook-id']);
  expect(bodies().map(({ type }) => type)).toEqual(['product.created', 'product.updated']);
});

test('hears of what it has subscribed to, from when it was added on', async () => {
  const only = await write((em) =>
    addWebhook(em, { url: `${receiver.url}/prices`, events: 'product.price_changed' }, RULES),
  );
  const { id } = await catalogueOf(service.admin).product({ name: 'Priceless' });
  dataOf(await operationsOf(service.admin).product.update(id, { description: 'a plumbus' }));
  dataOf(await operationsOf(service.admin).product.update(id, { priceFlurbos: '7.00' }));
  await came(4);
  expect(receiver.received.filter(({ path }) => path === '/prices')).toHaveLength(1);
  await write((em) => removeWebhook(em, String(only.id)));
});

test('one that fails holds up itself, and no other', async () => {
  const other = await startReceiver({ status: 500 });
  const failing = await write((em) => addWebhook(em, { url: other.url, events: '*' }, RULES));
  for (const name of ['Aye', 'Bee']) await catalogueOf(service.admin).product({ name });
  await came(2);
  expect(labels()).toEqual(['Aye', 'Bee']);
  expect(
    new Set(other.received.map(({ body }) => (JSON.parse(body) as { data: { label: string } }).data.label)),
  ).toEqual(new Set(['Aye']));
  other.usually({ status: 200 });
  await vi.waitFor(async () => {
    await hurry(service.server);
    expect(other.received.filter(({ behaviour }) => (behaviour as { status: number }).status === 200)).toHaveLength(2);
  }, WAIT);
  await write((em) => removeWebhook(em, String(failing.id)));
  await other.stop();
});

test('the log says how each call went, and sends one again under its own message id', async () => {
  receiver.next({ status: 200, body: 'thank you' });
  await catalogueOf(service.admin).product({ name: 'Logged' });
  await waitForDeliveries(service, ([first]) => expect(first?.state).toBe('DELIVERED'));
  const [entry] = await webhookLog(service.server.database.fork(), String(webhook.id), 10);
  expect(entry).toMatchObject({ attempts: 1, lastStatus: 200, lastAnswer: 'thank you', lastError: null });
  expect(entry?.lastDurationMs).toBeGreaterThanOrEqual(0);
  const again = await write((em) => redeliver(em, entry?.id ?? 0));
  await came(2);
  const [first, second] = receiver.received;
  expect(second?.body).toBe(first?.body);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  await waitForDeliveries(service, (all) => expect(all.at(-1)).toMatchObject({ id: again.id, state: 'DELIVERED' }));
  await expect(write((em) => redeliver(em, 999_999))).rejects.toThrow('Delivery "999999" was not found.');
});

test('one that takes nothing for long is disabled, and misses nothing once it is enabled', async () => {
  receiver.usually({ status: 503 });
  await catalogueOf(service.admin).product({ name: 'Before' });
  await waitForDeliveries(service, ([first]) => expect(first?.lastStatus).toBe(503));
  expect(await health()).toMatchObject({ isEnabled: true, webhook: { failingSince: expect.any(Date) } });
  const longAgo = new Date(Date.now() - 121 * 3_600_000);
  await write((em) => em.nativeUpdate(Webhook, { id: webhook.id }, { failingSince: longAgo }));
  await hurry(service.server);
  await vi.waitFor(
    async () =>
      expect(await health()).toMatchObject({
        isEnabled: false,
        webhook: { disabledBecause: 'nothing was taken for 120 hours: answered 503' },
      }),
    WAIT,
  );
  await catalogueOf(service.admin).product({ name: 'Meanwhile' });
  receiver.forget();
  receiver.usually({ status: 200 });
  await write((em) => enableWebhook(em, String(webhook.id), false));
  await hurry(service.server);
  await came(2);
  expect(labels()).toEqual(['Before', 'Meanwhile']);
  await vi.waitFor(
    async () => expect((await health()).webhook).toMatchObject({ failingSince: null, disabledBecause: null }),
    WAIT,
  );
});

test('where it is said so, what happened while it was disabled is left out', async () => {
  await write((em) => disableWebhook(em, String(webhook.id)));
  await catalogueOf(service.admin).product({ name: 'Missed' });
  await write((em) => enableWebhook(em, String(webhook.id), true));
  await catalogueOf(service.admin).product({ name: 'After' });
  await came(1);
  expect(labels()).toEqual(['After']);
});

test('one that wants no more is called no more', async () => {
  receiver.next({ status: 410 });
  for (const name of ['Unwanted', 'Uncalled']) await catalogueOf(service.admin).product({ name });
  await vi.waitFor(async () => expect((await health()).isEnabled).toBe(false), WAIT);
  expect(labels()).toEqual(['Unwanted']);
});

test('the command adds one and shows its secret once, lists it and its log', async () => {
  receiver.usually({ status: 500 });
  const command = (...args: string[]) =>
    runCatalog(service.database, ['webhook', ...args], '', { WEBHOOK_ALLOW_PRIVATE: 'true' });
  const added = await command('add', `${receiver.url}/typed`, '--events', 'tag.created, product.price_changed');
  const [, id = '', secret = ''] =
    /^(\d+) +http.*\/typed {2}tag\.created,product\.price_changed: added\nsecret {2}(whsec_\S{44})\n$/.exec(
      added.out,
    ) ?? [];
  expect([added.code, Buffer.from(secret.slice(6), 'base64').length]).toEqual([0, 32]);
  await catalogueOf(service.admin).tag({ name: 'Typed' });
  await vi.waitFor(() => expect(receiver.received.some(({ path }) => path === '/typed')).toBe(true), {
    timeout: 15_000,
  });
  await waitForDeliveries(service, (all) => expect(all.at(-1)?.lastStatus).toBe(500));
  const listed = await command('list');
  expect(listed.out).toMatch(new RegExp(`^${id} .*/typed .*: nothing taken since .*Z$`, 'm'));
  expect(listed.out).not.toContain(secret);
  expect((await command('log', id)).out).toMatch(/PENDING +tag\.created +tries \d+ +500 in \d+ ms\n +answered 500\n$/);
  await write((em) => removeWebhook(em, id));
  expect((await deliveriesOf(service)).filter(({ channel }) => channel === `webhook:${id}`)).toEqual([]);
});

test.each([
  ['a URL without TLS', { url: 'http://shop.example', events: '*' }, 'url must be https'],
  [
    'an unknown topic',
    { url: 'https://shop.example', events: 'product.sold' },
    'product.sold is none of product.created',
  ],
  ['no topic', { url: 'https://shop.example', events: ' ' }, 'must name some of'],
])('refuses %s, and adds nothing', async (_what, given, rule) => {
  await expect(write((em) => addWebhook(em, given, { ...RULES, allowsPrivate: false }))).rejects.toThrow(rule);
  expect(await listWebhooks(service.server.database.fork())).toHaveLength(1);
});

test('says which webhook is not there', async () => {
  for (const change of [removeWebhook, disableWebhook])
    await expect(write((em) => change(em, 'none'))).rejects.toThrow('Webhook "none" was not found.');
});
