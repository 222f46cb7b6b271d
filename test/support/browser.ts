import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page of a browser of its own, and what has gone wrong on it so far. */
export interface OpenPage {
  readonly page: Page;
  /** What the page complained of: scripts that failed, what its policy forbids, what was not there. */
  readonly complaints: string[];
  /** The hosts that it asked for anything. */
  readonly hosts: Set<string>;
}

/** A real, headless Chromium for the tests of a file. */
export function useBrowser(): {
  /** @param prepare what is to happen before the page is asked for */
  open(
    url: string,
    options?: Parameters<Browser['newPage']>[0],
    prepare?: (page: Page) => Promise<unknown>,
  ): Promise<OpenPage>;
} {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await chromium.launch({ ...inject('chromium'), args: FLAGS });
  });
  afterAll(() => browser?.close());
  return {
    async open(url, options, prepare) {
      if (!browser) throw new Error('The browser has not started yet.');
      const page = await browser.newPage(options);
      page.setDefaultTimeout(25_000);
      const opened = { page, complaints: [] as string[], hosts: new Set<string>() };
      page.on('pageerror', (error) => opened.complaints.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && opened.complaints.push(message.text()));
      page.on('request', (request) => opened.hosts.add(new URL(request.url()).host));
      await prepare?.(page);
      await page.goto(url);
      return opened;
    },
  };
}
