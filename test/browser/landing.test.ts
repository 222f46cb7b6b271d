import { expect, test } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { serveApolloSandbox } from '../support/apollo-sandbox.js';
import { useBrowser } from '../support/browser.js';
import { useService } from '../support/service.js';

const service = useService();
const browser = useBrowser();
const address = () => new URL('/', service.server.url).href;

test("opens Apollo Sandbox on this service's API, with examples, without cookies and within the page's policy", async () => {
  const { page, complaints } = await browser.open(address(), {}, (opened) => serveApolloSandbox(opened.context()));
  const frame = page.frameLocator('#sandbox iframe');
  const said = (hasText: RegExp) => frame.locator('p', { hasText });
  await said(/"__typename":"Query"/).waitFor();
  await said(/connected/).waitFor();
  expect(await frame.locator('pre').textContent()).toMatch(/query Shelf\([^]*subscription WatchProducts\(/);
  const source = (await page.locator('#sandbox iframe').getAttribute('src')) ?? '';
  const options = Object.fromEntries(new URL(source).searchParams);
  expect(options).toMatchObject({
    endpoint: service.server.url,
    endpointIsEditable: 'false',
    hideCookieToggle: 'true',
    defaultIncludeCookies: 'false',
  });
  // More than 8 KB is too long an address for many a server.
  expect(source.length).toBeLessThan(7500);
  const box = await page.locator('#sandbox iframe').boundingBox();
  expect(box).toMatchObject({ x: 0, y: 0, ...page.viewportSize() });
  // The window for it finds the frame that has opened it.
  await frame.getByRole('button', { name: 'Log in' }).click();
  await said(/signed in/).waitFor();
  expect(complaints).toEqual([]);
});

test.each([
  ['script', 'embeddable-sandbox.cdn'],
  ['frame', 'sandbox.embed'],
])("says where Apollo's %s can't be reached, and what works without it", async (_what, host) => {
  const { page } = await browser.open(address(), {}, async (opened) => {
    await serveApolloSandbox(opened.context());
    await opened.route(`https://${host}.apollographql.com/**`, (route) => route.abort());
    await opened.clock.install();
  });
  await page.clock.fastForward('00:08');
  expect(await page.getByRole('alert').textContent()).toContain("Apollo Sandbox can't be reached");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole('link', { name: 'Explorer' }).press('Enter');
  expect(new URL(page.url()).pathname).toBe('/explorer');
});
