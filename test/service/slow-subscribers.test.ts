import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';
import { watch } from '../support/subscriptions.js';

// The library for event streams leaves a connection open on which it sends nothing: a stop would wait for it.
const service = useService({ SUBSCRIPTION_STALL_SECONDS: '1', SUBSCRIPTIONS_MAX: '3', SHUTDOWN_SECONDS: '1' });
const given = catalogueOf(service.admin);

const EVENTS = 4;
/** All answers together, of six megabytes each, are more than the system's buffers for a connection. */
const page = 'products(first: 5) { nodes { description } }';
const fields = Array.from({ length: 64 }, (_, n) => `p${n}: ${page}`).join(' ');
let query: string;
let smallQuery: string;

beforeAll(async () => {
  const { id: categoryId } = await given.category();
  const shelf = Array.from({ length: 5 }, () => given.product({ categoryId, description: 'x'.repeat(20_000) }));
  const { id } = (await Promise.all(shelf))[0] ?? { id: '' };
  for (let n = 1; n < EVENTS; n += 1) dataOf(await operationsOf(service.admin).product.adjustStock(id, 1));
  query = `subscription { productChanged(ids: [${id}], after: "0") { product { category { ${fields} } } } }`;
  smallQuery = `subscription { productChanged(ids: [${id}], after: "0") { eventId } }`;
});

const metrics = async () => (await fetch(new URL('/metrics', service.server.url))).text();

/** Waits until the service has dropped a client, however long it took to have answers for it, and has not waited for its close. */
async function dropped(transport: 'websocket' | 'sse'): Promise<void> {
  const line = `catalog_slow_subscribers_total{transport="${transport}"} 1`;
  await vi.waitFor(async () => expect(await metrics()).toContain(line), { timeout: 100_000, interval: 100 });
  // The close of a WebSocket is given a second.
  await sleep(2000);
}

test.concurrent('who takes nothing of a WebSocket is dropped', async () => {
  const socket = new WebSocket(service.server.url.replace('http', 'ws'), 'graphql-transport-ws');
  let received = 0;
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  const stalled = new Promise<void>((resolve) => {
    socket.on('message', (text: Buffer) => {
      const { type } = JSON.parse(text.toString()) as { type: string };
      if (type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
      if (type !== 'next') return;
      received += 1;
      if (received > 1) return;
      socket.pause();
      resolve();
    });
  });
  socket.once('open', () => socket.send('{"type":"connection_init"}'));
  // On a busy machine it is dropped before it has got anything.
  await Promise.race([stalled, closed]);
  await dropped('websocket');
  socket.resume();
  expect([1006, 4429]).toContain(await closed);
  expect(received).toBeLessThan(EVENTS);
});

test.concurrent('who takes nothing of an event stream is dropped', async () => {
  const url = `${service.server.url}?query=${encodeURIComponent(query)}`;
  const text = await new Promise<string>((resolve) => {
    get(url, { headers: { accept: 'text/event-stream' } }, (response) => {
      let taken = '';
      let hasStalled = false;
      response.setEncoding('utf8');
      response.on('error', () => undefined);
      response.on('close', () => resolve(taken));
      response.on('data', (chunk: string) => {
        taken += chunk;
        if (hasStalled || !taken.includes('event: next')) return;
        hasStalled = true;
        response.pause();
        void dropped('sse').then(() => response.resume());
      });
    });
  });
  expect(text.split('event: next').length - 1).toBeLessThan(EVENTS);
});

test('who was dropped is counted', async () => {
  const text = await metrics();
  for (const transport of ['websocket', 'sse'])
    expect(text).toContain(`catalog_slow_subscribers_total{transport="${transport}"} 1`);
  // What was being read for them is read to its end.
  await expect
    .poll(metrics, { timeout: 10_000 })
    .toContain('catalog_operations_total{type="subscription",operation="anonymous",outcome="TOO_SLOW"} 2');
});

test('who takes everything gets all of it; there are only so many at once', async () => {
  const all = [
    watch(service, smallQuery),
    watch(service, smallQuery, { transport: 'event stream' }),
    watch(service, smallQuery),
  ];
  for (const watched of all) expect(await watched.first(EVENTS)).toHaveLength(EVENTS);
  const another = watch(service, smallQuery);
  const [answer] = await another.first(1);
  expect(answer?.errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
  for (const watched of all) watched.stop();
});
