import { expect, test } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { useBrowser } from '../support/browser.js';
import { useService } from '../support/service.js';

const service = useService();
const browser = useBrowser();
const address = () => new URL('/reference', service.server.url).href;

test('works without script: every link within the page leads somewhere', async () => {
  const { page, complaints, hosts } = await browser.open(address(), { javaScriptEnabled: false });
  const links = await page
    .locator('a[href^="#"], .map .node a')
    .evaluateAll((all) => all.map((link) => link.getAttribute('href') ?? link.getAttribute('xlink:href') ?? ''));
  const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => `#${id}`));
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter((link) => !ids.includes(link))).toEqual([]);
  expect(await page.locator('[id="Mutation.adjustStock"] .who').textContent()).toBe('CASHIER or ADMIN');
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(service.server.url).host]);
});

test('draws how the types hang together, in the colours of the system', async () => {
  const { page } = await browser.open(address(), { colorScheme: 'dark' });
  const product = page.locator('.map .node', { hasText: 'priceShmeckles' });
  expect(await product.locator('text').first().textContent()).toBe('Product');
  const colours = await product
    .locator('polygon')
    .last()
    .evaluate((box) => getComputedStyle(box).fill);
  expect(colours).toBe(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
  const parts = ['header', '.map', '#JSON', '[id="Mutation.adjustStock"]'];
  expect(await accessibilityProblems(page, parts)).toEqual([]);
  await product.click();
  expect(new URL(page.url()).hash).toBe('#Product');
});

test('fits a narrow screen', async () => {
  const { page } = await browser.open(address(), { viewport: { width: 360, height: 700 } });
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  expect(content).toBe(screen);
});
