import { beforeAll, expect, test } from 'vitest';
import { useService } from '../../test/support/service.js';
import { type Shelf, stockShelf } from '../../test/support/shelf.js';
import { importGenerated, runScript } from '../../test/support/workspace.js';
import type { RelayShelf } from './src/relay-shelf.js';

const service = useService();
let shelf: Shelf;
let openShelf: (url: string, accessToken: string, tag: string) => RelayShelf;

beforeAll(async () => {
  shelf = await stockShelf(service);
  await runScript('clients/relay', 'generate');
  ({ openShelf } = await importGenerated<{ openShelf: typeof openShelf }>('clients/relay', 'src/shelf.ts'));
});

const open = () => openShelf(service.server.url, shelf.accessToken, shelf.tag);

test('puts the pages of a connection together', async () => {
  const relay = open();
  await relay.loadFirst();
  expect(relay.shown().map(([name]) => name)).toEqual(['a product', 'b product']);
  await relay.loadMore();
  expect(relay.hasMore()).toBe(true);
  await relay.loadMore();
  expect(relay.hasMore()).toBe(false);
  expect(relay.shown().map(([name]) => name)).toEqual([
    'a product',
    'b product',
    'c product',
    'd product',
    'e product',
  ]);
});

test('a mutation changes the entry in the connection; a refused one does not', async () => {
  const relay = open();
  await relay.loadFirst();
  const [id = ''] = shelf.products;
  await relay.sell(id, 3);
  expect(relay.shown()[0]).toEqual(['a product', 7]);
  await expect(relay.sell(id, 100)).rejects.toThrow('has 7 in stock');
  expect(relay.shown()[0]).toEqual(['a product', 7]);
});
