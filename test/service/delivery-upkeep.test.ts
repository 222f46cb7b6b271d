import { beforeEach, expect, test, vi } from 'vitest';
import type { Channel } from '../../src/delivery/channel.js';
import { openChannel, pauseChannel } from '../../src/delivery/channel.writes.js';
import { Delivery, DeliveryChannel, DeliveryState } from '../../src/delivery/delivery.entity.js';
import { DeliveryWorker } from '../../src/delivery/delivery-worker.js';
import { idleChannelsReader } from '../../src/delivery/due-channels.js';
import { holdChannel, releaseChannel } from '../../src/delivery/lease.js';
import { pruneDelivered } from '../../src/delivery/prune-delivered.js';
import { pauseUnserved } from '../../src/delivery/unserved-channels.js';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import { eventSignalOf } from '../../src/event/event-signal.js';
import { Event, EventConsumer } from '../../src/event/event.entity.js';
import { Database } from '../../src/database/database.js';
import { createLog } from '../../src/log.js';
import { catalogueOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { testConfig, useService } from '../support/service.js';

const service = useService();
const database = () => service.server.database;
const write = <T>(work: Parameters<typeof unitOfWork<T>>[1]) => unitOfWork(database(), work);
const DAY = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * DAY);

beforeEach(async () => {
  const em = database().fork();
  await em.nativeDelete(DeliveryChannel, {});
  await em.nativeDelete(EventConsumer, {});
  await write((each) => openChannel(each, 'somewhere'));
});

const delivery = (given: Partial<Delivery>) =>
  write(async (em) => {
    const made = {
      channel: 'somewhere',
      firstEventId: 1,
      lastEventId: 1,
      eventCount: 1,
      body: '',
      createdAt: daysAgo(9),
    };
    em.create(Delivery, { state: DeliveryState.PENDING, nextAttemptAt: daysAgo(9), ...made, ...given });
  });

test('what was delivered long ago is pruned; what was not is kept for ever', async () => {
  await delivery({ state: DeliveryState.DELIVERED, sentAt: daysAgo(8) });
  await delivery({ state: DeliveryState.DELIVERED, sentAt: daysAgo(6), body: 'recent' });
  await delivery({ state: DeliveryState.DEAD, body: 'dead' });
  await delivery({ body: 'waiting' });
  expect(await pruneDelivered(database(), 7)).toBe(true);
  const left = await database()
    .fork()
    .find(Delivery, {}, { orderBy: { id: 'asc' } });
  expect(left.map(({ body }) => body)).toEqual(['recent', 'dead', 'waiting']);
});

test('pruning goes in steps', async () => {
  await write((em) =>
    em.insertMany(
      Delivery,
      Array.from({ length: 501 }, () => ({
        channel: 'somewhere',
        state: DeliveryState.DELIVERED,
        firstEventId: 1,
        lastEventId: 1,
        eventCount: 1,
        body: '',
        createdAt: daysAgo(9),
        nextAttemptAt: daysAgo(9),
        sentAt: daysAgo(9),
      })),
    ),
  );
  expect(await pruneDelivered(database(), 7)).toBe(false);
  expect(await database().fork().count(Delivery)).toBe(1);
  expect(await pruneDelivered(database(), 7)).toBe(true);
});

test('a channel that is configured nowhere any more keeps no events, and goes on where it stopped', async () => {
  await catalogueOf(service.admin).product();
  const position = async () => (await database().fork().findOne(EventConsumer, { name: 'somewhere' }))?.lastEventId;
  const before = await position();
  const source = { configured: [], serves: () => false, open: () => Promise.resolve(undefined) };
  expect(await pauseUnserved(database(), source, 24)).toEqual([]);
  await write((em) => em.nativeUpdate(Event, {}, { occurredAt: daysAgo(2) }));
  expect(await pauseUnserved(database(), { ...source, serves: () => true }, 24)).toEqual([]);
  expect(await pauseUnserved(database(), source, 24)).toEqual(['somewhere']);
  expect(await position()).toBeUndefined();
  await write((em) => openChannel(em, 'somewhere'));
  expect(await position()).toBe(before);
});

test('one worker has a channel at a time: nobody else, unless it is left or its time is over', async () => {
  const now = new Date();
  const later = new Date(now.getTime() + 10_001);
  const hold = (holder: string, at: Date) => write((em) => holdChannel(em, 'somewhere', { holder, seconds: 10 }, at));
  const idle = async (at: Date) => (await idleChannelsReader(database())(at)).map(({ name }) => name);
  const held = await Promise.all(['one', 'two', 'three'].map((holder) => hold(holder, now)));
  expect(held.filter(Boolean)).toHaveLength(1);
  const holder = ['one', 'two', 'three'][held.indexOf(true)] ?? '';
  const other = holder === 'one' ? 'two' : 'one';
  expect([await hold(other, now), await hold(holder, now), await idle(now)]).toEqual([false, true, []]);
  expect([await idle(later), await hold(other, later), await hold(holder, later)]).toEqual([
    ['somewhere'],
    true,
    false,
  ]);
  await write((em) => releaseChannel(em, 'somewhere', { holder: other }));
  expect(await hold(holder, later)).toBe(true);
  await write((em) => pauseChannel(em, 'somewhere'));
  expect([await idle(new Date(later.getTime() + DAY)), await hold(holder, later)]).toEqual([[], false]);
});

test('two processes that open a channel at once open it once', async () => {
  await Promise.all(Array.from({ length: 4 }, () => write((em) => openChannel(em, 'elsewhere'))));
  expect(await database().fork().count(DeliveryChannel, { name: 'elsewhere' })).toBe(1);
});

test('who listens is told of each unit of work that has committed, and of no other', async () => {
  let told = 0;
  const deafen = database().onCommit(() => (told += 1));
  await catalogueOf(service.admin).product();
  expect(told).toBe(1);
  await service.admin('mutation { deleteProduct(id: 999999) { id } }');
  expect(told).toBe(1);
  deafen();
  await catalogueOf(service.admin).product();
  expect(told).toBe(1);
});

test.runIf(DATABASE === 'postgresql')(
  'what another process writes is sent when it is committed, not at the next look',
  async () => {
    const config = testConfig(service.database.url);
    const elsewhere = await Database.open(config);
    const log = createLog({ logLevel: 'silent' });
    const sent: string[] = [];
    const channel: Channel = {
      name: 'somewhere',
      topics: new Set(['tag.created']),
      windowSeconds: 0,
      compose: (told) => told.map((each) => ({ told: [each], body: each.event.label })),
      send: async ({ body }) => {
        sent.push(body);
        return { kind: 'delivered', answer: { durationMs: 1 } };
      },
    };
    const channels = { configured: ['somewhere'], serves: () => true, open: async () => channel };
    const signal = eventSignalOf(config.database, elsewhere, log);
    const worker = new DeliveryWorker(elsewhere, channels, config.delivery, log, signal, DAY);
    await worker.start();
    for (const name of ['One', 'Two', 'Three']) {
      await catalogueOf(service.admin).tag({ name });
      await vi.waitFor(() => expect(sent.at(-1)).toBe(name), { timeout: 10_000 });
    }
    await worker.stop(1);
    await elsewhere.close();
  },
);
