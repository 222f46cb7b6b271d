import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { DeliveryState } from '../../src/delivery/delivery.entity.js';
import { htmlToText } from '../../src/telegram/html.js';
import { runCatalog } from '../support/catalog-command.js';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { hurry, waitForDeliveries } from '../support/deliveries.js';
import { type FakeTelegram, startTelegram } from '../support/fake-telegram.js';
import { startTestService, type TestService } from '../support/service.js';

let telegram: FakeTelegram;
let service: TestService;

beforeAll(async () => {
  telegram = await startTelegram();
  service = await startTestService({ ...telegram.environment, NOTICE_WINDOW_SECONDS: '2' });
});
beforeEach(() => telegram.forget());
afterAll(async () => {
  await service.stop();
  await telegram.stop();
});

const taken = (count: number) =>
  vi.waitFor(() => expect(telegram.taken).toHaveLength(count), { timeout: 15_000, interval: 20 });

test('what happens within the window goes in one message', async () => {
  const { id } = await catalogueOf(service.admin).product({ name: 'Plumbus' });
  dataOf(await operationsOf(service.admin).product.update(id, { priceFlurbos: '2.00' }));
  await catalogueOf(service.admin).product({ name: 'Portal Gun' });
  await taken(1);
  expect(htmlToText(telegram.taken[0] ?? '').split('\n')).toEqual([
    '🆕 Plumbus: 10.00 shmeckles, 1.00 flurbos, 0 in stock (administrator)',
    '💰 Plumbus: 1.00 → 2.00 flurbos (administrator)',
    '🆕 Portal Gun: 10.00 shmeckles, 1.00 flurbos, 0 in stock (administrator)',
  ]);
});

test('an import is one message with its numbers, after what is told of while it goes on', async () => {
  const rows = Array.from({ length: 2500 }, (_, index) =>
    JSON.stringify({
      type: 'product',
      slug: `bulk-${index}`,
      name: `Bulk ${index}`,
      priceShmeckles: '1.00',
      priceFlurbos: '1.00',
    }),
  );
  const file = join(mkdtempSync(join(tmpdir(), 'catalog-import-')), 'products.ndjson');
  writeFileSync(file, rows.join('\n'));
  expect(await runCatalog(service.database, ['import', file])).toMatchObject({ code: 0 });
  await catalogueOf(service.admin).product({ name: 'Meanwhile' });
  await taken(1);
  expect(telegram.taken[0]).toContain('<b>Meanwhile</b>');
  await waitForDeliveries(service, (all) =>
    expect(all.filter(({ state }) => state === DeliveryState.GATHERING)).toMatchObject([{ eventCount: 2500 }]),
  );
  await hurry(service.server);
  await taken(2);
  expect(htmlToText(telegram.taken[1] ?? '')).toBe('📥 Import: 2,500 products created');
});
