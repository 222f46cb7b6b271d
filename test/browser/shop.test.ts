import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build, preview, type PreviewServer } from 'vite';
import { accessibilityProblems } from '../support/accessibility.js';
import { useBrowser } from '../support/browser.js';
import { dataOf } from '../support/catalogue.js';
import { importDemo } from '../support/demo.js';
import { PASSWORD, person } from '../support/people.js';
import { useService } from '../support/service.js';

const service = useService();
const browser = useBrowser();
let server: PreviewServer | undefined;

beforeAll(async () => {
  await importDemo(service);
  await person(service, 'ADMIN', 'rick');
  process.env.CATALOG_URL = new URL(service.server.url).origin;
  const options = {
    configFile: resolve('examples/shop/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: resolve('temp/shop'), emptyOutDir: true },
    preview: { port: 0 },
  } as const;
  await build(options);
  server = await preview(options);
});

afterAll(() => server?.close());

const open = () => browser.open(server?.resolvedUrls?.local[0] ?? '');

test('lists, filters and pages', async () => {
  const { page, complaints } = await open();
  const { products } = dataOf(await service.anonymous('{ products { totalCount } }'));
  await page.getByText(`12 of ${products.totalCount} products`).waitFor();
  await page.getByRole('button', { name: 'More' }).click();
  await page.getByText(`24 of ${products.totalCount} products`).waitFor();
  await page.getByLabel('Category').selectOption({ label: 'Smartphones' });
  await expect
    .poll(() =>
      page
        .locator('.category')
        .allTextContents()
        .then((all) => [...new Set(all)]),
    )
    .toEqual(['Smartphones']);
  await page.getByLabel('Category').selectOption('');
  await page.getByLabel('In stock').check();
  await page.getByLabel('Search').fill('apple');
  const { found } = dataOf(
    await service.anonymous('{ found: products(filter: { search: "apple", inStock: true }) { nodes { name } } }'),
  );
  await expect
    .poll(() => page.getByRole('heading', { level: 2 }).allTextContents())
    .toEqual(found.nodes.map(({ name }: { name: string }) => name));
  await page.getByLabel('Search').fill('nothing has this');
  await page.getByText('No product matches.').waitFor();
  await page.getByLabel('Search').fill('');
  await page.getByLabel('In stock').uncheck();
  // Both pages of the list from before, from the cache.
  await page.getByText(`24 of ${products.totalCount} products`).waitFor();
  expect(complaints).toEqual([]);
});

test('edits for an admin, and overwrites nobody else', async () => {
  const { page } = await open();
  const card = page.getByRole('listitem').first();
  await card.waitFor();
  expect(await page.getByRole('button', { name: 'Edit' }).count()).toBe(0);
  await page.getByLabel('Username').fill('rick');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await card.getByRole('button', { name: 'Edit' }).press('Enter');
  expect(await accessibilityProblems(page)).toEqual([]);
  const change = 'mutation { updateProduct(id: 1, input: { stock: 77 }) { name version } }';
  const { updateProduct: before } = dataOf(await service.admin(change));
  await card.getByLabel('Price').fill('123.45');
  await card.getByRole('button', { name: 'Save' }).click();
  await card.getByText('Somebody changed it meanwhile.').waitFor();
  expect(await card.getByLabel('Stock').inputValue()).toBe('77');
  await card.getByLabel('Price').fill('123.45');
  await card.getByRole('button', { name: 'Save' }).click();
  await card.getByText('123.45').waitFor();
  await card.getByText('77 in stock').waitFor();
  const { product } = dataOf(await service.anonymous('{ product(id: 1) { name priceShmeckles stock version } }'));
  expect(product).toEqual({ name: before.name, priceShmeckles: '123.45', stock: 77, version: before.version + 1 });
});

test('says where the shop is away, and tries again', async () => {
  const { page } = await browser.open(server?.resolvedUrls?.local[0] ?? '', {}, (opened) =>
    opened.route('**/graphql', (route) => route.abort()),
  );
  await page.getByText("The shop can't be reached").waitFor();
  await page.unroute('**/graphql');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('12 of').waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});
