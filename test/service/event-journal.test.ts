import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { pruneEvents } from '../../src/event/event-retention.js';
import { catalogueOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { runCatalog, startCatalog } from '../support/catalog-command.js';
import { lastEventId } from '../support/events.js';
import { rawQuery } from '../support/raw-query.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { product } = operationsOf(service.admin);
const events = (...args: string[]) => runCatalog(service.database, ['events', ...args]);
const raw = (statement: string) => rawQuery<{ id: number | string }>(service.server.database, statement);

let made: Made;
beforeAll(async () => {
  made = await given.product({ name: 'Plumbus' });
  dataOf(await product.update(made.id, { priceFlurbos: '2.50', description: 'x'.repeat(100) }));
  dataOf(await product.adjustStock(made.id, 3));
});

describe('`catalog events`', () => {
  test('prints the newest, a line each', async () => {
    const { code, out, err } = await events('--entity', 'PRODUCT');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => line.split('  ').slice(2))).toEqual([
      ['product.created', `${made.id} "Plumbus"`, expect.stringMatching(/^API by user \d+$/)],
      [
        'product.updated',
        `${made.id} "Plumbus"`,
        expect.stringMatching(/^description null → "x{59}…$/),
        'priceFlurbos "1.00" → "2.50"',
        expect.any(String),
      ],
      ['product.stock_changed', `${made.id} "Plumbus"`, 'stock 0 → 3', expect.any(String)],
    ]);
  });

  test('prints JSON of what is chosen', async () => {
    const { out } = await events('--type', 'product.stock_changed', '--id', made.id, '--since', '1h', '--json');
    expect(JSON.parse(out)).toMatchObject({ type: 'product.stock_changed', changes: [{ field: 'stock', after: 3 }] });
    expect((await events('--last', '1', '--json')).out.trimEnd().split('\n')).toHaveLength(1);
    expect(await events('--since', '2099-01-01T00:00:00Z')).toMatchObject({ code: 0, out: '' });
    expect(await events('--since', 'yesterday')).toMatchObject({ code: 1, err: expect.stringContaining('--since') });
  });

  test('follows what other processes do', async () => {
    const child = startCatalog(service.database, ['events', '--last', '0', '--follow', '--json']);
    let out = '';
    child.stdout?.on('data', (text) => (out += String(text)));
    for (let tries = 0; !out.includes('product.stock_changed') && tries < 200; tries += 1) {
      dataOf(await product.adjustStock(made.id, 1));
      await sleep(50);
    }
    child.kill();
    await once(child, 'close');
    const ids = out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: number }).id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('events are pruned', () => {
  const count = async () => (await raw('select id from events')).length;
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);

  test('only where they are older than they may become', async () => {
    const before = await count();
    expect(await pruneEvents(service.server.database, 30, inDays(29))).toBe(0);
    expect(await pruneEvents(service.server.database, 0, inDays(9000))).toBe(0);
    expect(await count()).toBe(before);
  });

  test('only when every consumer has them, and ids are never used again', async () => {
    const [first, last] = [Number((await raw('select min(id) as id from events'))[0]?.id), await lastEventId(service)];
    await raw(`insert into event_consumers (name, last_event_id) values ('slow', ${first}), ('fast', ${last})`);
    expect(await pruneEvents(service.server.database, 30, inDays(31))).toBe(1);
    await raw('delete from event_consumers');
    expect(await pruneEvents(service.server.database, 30, inDays(31))).toBe(last - first);
    expect(await count()).toBe(0);
    dataOf(await product.adjustStock(made.id, 1));
    expect(await lastEventId(service)).toBe(last + 1);
  });
});
