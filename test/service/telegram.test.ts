import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import { Delivery, DeliveryState } from '../../src/delivery/delivery.entity.js';
import { withNamedLinks } from '../../src/delivery/named-links.js';
import type { OutboxEvent } from '../../src/delivery/outbox-event.js';
import type { Told } from '../../src/delivery/told.js';
import { dropNotices, listNotices, retryNotices } from '../../src/delivery/notices.js';
import { runCatalog } from '../support/catalog-command.js';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { deliveriesOf, hurry, waitForDeliveries } from '../support/deliveries.js';
import { BOT_API_KEY, type FakeTelegram, startTelegram, telegramAnswers } from '../support/fake-telegram.js';
import { startTestService, type TestService } from '../support/service.js';

let telegram: FakeTelegram;
let service: TestService;
let logged = '';

beforeAll(async () => {
  telegram = await startTelegram();
  const log = pino(
    { level: 'trace' },
    new Writable({ write: (line, _encoding, done) => ((logged += String(line)), done()) }),
  );
  service = await startTestService({ ...telegram.environment, PUBLIC_URL: 'https://shop.example' }, log);
});
beforeEach(async () => {
  await service.server.database.fork().nativeDelete(Delivery, {});
  telegram.forget();
});
afterAll(async () => {
  await service.stop();
  await telegram.stop();
});

const EVENT: OutboxEvent = {
  id: 1,
  type: 'product.updated',
  entity: 'PRODUCT',
  entityId: '1',
  label: 'Plumbus',
  changes: [],
  actorId: null,
  actor: null,
  slug: null,
  source: 'API',
  requestId: null,
  occurredAt: new Date(0),
};

const product = (name: string) => catalogueOf(service.admin).product({ name });
const taken = (count: number) =>
  vi.waitFor(() => expect(telegram.taken).toHaveLength(count), { timeout: 15_000, interval: 20 });
/** The names in the messages that came, taken or not. */
const names = () =>
  telegram.received.map(({ body }) => /<b>([^<]*)<\/b>/.exec((JSON.parse(body) as { text: string }).text)?.[1]);
const first = async () => (await deliveriesOf(service))[0] ?? expect.fail('There is no delivery.');

test('tells of what is new, of another price and of what is out of stock, in order', async () => {
  const { product: products } = operationsOf(service.admin);
  const { id } = await catalogueOf(service.admin).product({ name: 'Plumbus <3>', stock: 1 });
  await taken(1);
  dataOf(await products.update(id, { priceShmeckles: '12.50', description: 'nobody is told of that' }));
  await taken(2);
  dataOf(await products.adjustStock(id, -1));
  await taken(3);
  const plumbus = '<a href="https://shop.example/products/plumbus-3"><b>Plumbus &lt;3&gt;</b></a>';
  expect(telegram.taken).toEqual([
    `🆕 ${plumbus}: 10.00 shmeckles, 1.00 flurbos, 1 in stock (administrator)`,
    `💰 ${plumbus}: 10.00 → 12.50 shmeckles (administrator)`,
    `⛔ ${plumbus}: out of stock (administrator)`,
  ]);
});

test('tells of nothing that was not subscribed to, or did not happen', async () => {
  const { category } = operationsOf(service.admin);
  const { id } = await catalogueOf(service.admin).category();
  dataOf(await category.delete(id));
  expect(await operationsOf(service.admin).product.update('999999', { name: 'Nothing' })).toFailWith({
    code: 'NOT_FOUND',
    path: ['updateProduct'],
  });
  await product('Something');
  await taken(1);
  expect(names()).toEqual(['Something']);
});

test('calls what a product is linked to by its name', async () => {
  const make = catalogueOf(service.admin);
  const [tag, category] = [await make.tag({ name: 'Sale' }), await make.category({ name: 'Tools' })];
  const link = (field: string, before: unknown, after: unknown): Told => ({
    event: { ...EVENT, changes: [{ field, before, after }] },
    topics: ['product.updated'],
  });
  const told = [link('tagIds', [], [tag.id]), link('categoryId', '999999', category.id), link('stock', 1, 2)];
  expect((await withNamedLinks(service.server.database.fork(), told)).map(({ event }) => event.changes)).toEqual([
    [{ field: 'tags', before: [], after: ['Sale'] }],
    [{ field: 'category', before: '#999999', after: 'Tools' }],
    [{ field: 'stock', before: 1, after: 2 }],
  ]);
});

test('a message that fails is tried again, and what is behind it waits: none is lost, and each comes in order', async () => {
  telegram.next('close', telegramAnswers.failed, 'hang');
  for (const name of ['Aye', 'Bee', 'Cee']) await product(name);
  for (let attempts = 1; attempts <= 3; attempts += 1) {
    await waitForDeliveries(service, ([head]) =>
      expect(head).toMatchObject({ attempts, sendingAt: null, state: 'PENDING' }),
    );
    await hurry(service.server);
  }
  await taken(3);
  expect(names()).toEqual(['Aye', 'Aye', 'Aye', 'Aye', 'Bee', 'Cee']);
  await waitForDeliveries(service, (all) =>
    expect(all.map(({ state, attempts }) => [state, attempts])).toEqual([
      ['DELIVERED', 4],
      ['DELIVERED', 1],
      ['DELIVERED', 1],
    ]),
  );
});

test('waits as long as Telegram says', async () => {
  telegram.next(telegramAnswers.tooMany(300));
  await product('Patience');
  await waitForDeliveries(service, ([head]) => expect(head?.lastStatus).toBe(429));
  const { nextAttemptAt, firstAttemptAt, lastError } = await first();
  expect(lastError).toBe('429 Too Many Requests: retry after 300');
  const seconds = (nextAttemptAt.getTime() - (firstAttemptAt?.getTime() ?? 0)) / 1000;
  expect(seconds).toBeGreaterThanOrEqual(300);
  await hurry(service.server);
  await taken(1);
});

test('a message that is never taken becomes a dead letter, which holds up nobody; it can be retried or dropped', async () => {
  telegram.next(telegramAnswers.badRequest(), telegramAnswers.badRequest());
  for (const name of ['Dead', 'Dropped', 'Alive']) await product(name);
  await taken(1);
  expect(names()).toEqual(['Dead', 'Dropped', 'Alive']);
  const [dead, dropped] = await deliveriesOf(service);
  const { out } = await runCatalog(service.database, ['notices']);
  expect(out).toMatch(
    /^\d+ +DEAD +telegram +1 try +given up +1 event\n +400 Bad Request: can't parse entities\n +🆕 Dead: 10.00/,
  );
  expect(out.match(/DEAD/g)).toHaveLength(2);
  const { database } = service.server;
  await unitOfWork(database, (em) => dropNotices(em, [dropped?.id ?? 0]));
  await unitOfWork(database, (em) => retryNotices(em, [dead?.id ?? 0]));
  await taken(2);
  expect(names().at(-1)).toBe('Dead');
  await waitForDeliveries(service, (all) => expect(all.map(({ state }) => state)).toEqual(['DELIVERED', 'DELIVERED']));
  for (const change of [retryNotices, dropNotices]) {
    const missing = unitOfWork(database, (em) => change(em, [dead?.id ?? 0]));
    await expect(missing).rejects.toThrow(`Notice "${dead?.id}" was not found.`);
  }
  expect(await listNotices(database.fork(), 10)).toEqual([]);
});

test('after the configured time a message is given up, however it fails', async () => {
  telegram.next('close', 'close');
  await product('Old');
  await waitForDeliveries(service, ([head]) => expect(head).toMatchObject({ attempts: 1, sendingAt: null }));
  const longAgo = new Date(Date.now() - 25 * 3_600_000);
  await service.server.database.fork().nativeUpdate(Delivery, {}, { firstAttemptAt: longAgo });
  await hurry(service.server);
  await waitForDeliveries(service, ([head]) => expect(head).toMatchObject({ state: DeliveryState.DEAD, attempts: 2 }));
  await product('New');
  await taken(1);
  expect(names()).toEqual(['Old', 'Old', 'New']);
});

test('a mutation does not wait for Telegram', async () => {
  telegram.next('hang');
  await product('Hanging');
  await vi.waitFor(() => expect(telegram.received).toHaveLength(1), { timeout: 15_000, interval: 20 });
  // The message has no answer, and the next mutation has.
  await product('Behind');
  expect(await first()).toMatchObject({ sendingAt: expect.any(Date) });
  await waitForDeliveries(service, ([head]) => expect(head?.lastError).toBe('no answer in time'));
  await hurry(service.server);
  await taken(2);
});

test('the key is in no log, no row and no output', async () => {
  telegram.next(
    { status: 404, body: { ok: false, error_code: 404, description: `no bot ${BOT_API_KEY}` } },
    telegramAnswers.failed,
    'close',
  );
  await product('Secretive');
  for (let attempts = 1; attempts <= 3; attempts += 1) {
    await waitForDeliveries(service, ([head]) => expect(head).toMatchObject({ attempts, sendingAt: null }));
    expect(JSON.stringify(await deliveriesOf(service))).not.toContain('a-secret_key');
    await hurry(service.server);
  }
  await taken(1);
  expect(logged).toContain('Not delivered yet');
  expect(logged).not.toContain('a-secret_key');
});
