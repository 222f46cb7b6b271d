import { beforeAll, expect, test } from 'vitest';
import { useService } from '../../test/support/service.js';
import { type Shelf, stockShelf } from '../../test/support/shelf.js';
import { importGenerated, runScript } from '../../test/support/workspace.js';

const service = useService();
let shelf: Shelf;

beforeAll(async () => {
  shelf = await stockShelf(service);
});

test('the client preset generates types that fit what the service answers, and nothing else', async () => {
  await runScript('clients/codegen', 'generate');
  const { listPrices } = await importGenerated<{ listPrices: (url: string, tag: string) => Promise<unknown> }>(
    'clients/codegen',
    'src/shelf.ts',
  );
  expect(await listPrices(service.server.url, shelf.tag)).toEqual([
    ['a product', '10.00'],
    ['b product', '10.00'],
  ]);
});
