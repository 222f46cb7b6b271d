import { expect, test } from 'vitest';
import { useBrowser } from '../support/browser.js';
import { useService } from '../support/service.js';

const service = useService();
const browser = useBrowser();
const address = () => new URL('/', service.server.url).href;
const APOLLO = 'https://embeddable-sandbox.cdn.apollographql.com/**';

test("opens Apollo Sandbox on this service's API, with examples and without cookies", async () => {
  const { page, complaints } = await browser.open(address(), {}, (opened) =>
    opened.route(APOLLO, (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: 'window.EmbeddedSandbox = class { constructor(options) { window.sandboxOptions = options; } };',
      }),
    ),
  );
  await page.waitForFunction('window.sandboxOptions');
  const options = await page.evaluate<Record<string, unknown>>('window.sandboxOptions');
  expect(options).toMatchObject({
    initialEndpoint: service.server.url,
    endpointIsEditable: false,
    hideCookieToggle: true,
    initialState: { includeCookies: false, document: expect.stringContaining('query Shelf(') },
  });
  expect(complaints).toEqual([]);
});

test("says where Apollo's servers can't be reached, and what works without them", async () => {
  const { page } = await browser.open(address(), {}, (opened) => opened.route(APOLLO, (route) => route.abort()));
  expect(await page.getByRole('alert').textContent()).toContain("Apollo Sandbox can't be reached");
  await page.getByRole('link', { name: 'Explorer' }).click();
  expect(new URL(page.url()).pathname).toBe('/explorer');
});
