import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { accessibilityProblems } from '../support/accessibility.js';
import { type OpenPage, useBrowser } from '../support/browser.js';
import { dataOf } from '../support/catalogue.js';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import { addOperations } from '../../src/operation/operation.writes.js';
import { importDemo } from '../support/demo.js';
import { PASSWORD, person, type Person } from '../support/people.js';
import { useService } from '../support/service.js';

const service = useService();
const closed = useService({ INTROSPECTION: 'false' });
const exclusive = useService({ OPERATIONS: 'registered' });
const browser = useBrowser();
let rick: Person;

beforeAll(async () => {
  await importDemo(service);
  rick = await person(service, 'ADMIN', 'rick');
});

const addressOf = ({ server }: Pick<typeof service, 'server'>) => new URL('/explorer', server.url).href;

/** Opens the explorer, and waits for its editors. */
async function open(prepare?: (page: Page) => Promise<unknown>, of = service): Promise<OpenPage> {
  const opened = await browser.open(addressOf(of), {}, prepare);
  for (const editor of ['.graphiql-query-editor', '.graphiql-response'])
    await opened.page.locator(`${editor} .view-lines`).waitFor({ state: 'attached' });
  return opened;
}

const run = (page: Page) => page.getByRole('button', { name: /Execute query/ }).click();

/** Puts an operation in the place of what the editor has, and waits until its tab is named after it. */
async function write(page: Page, name: string, text: string): Promise<void> {
  await page.locator('.graphiql-query-editor .view-lines').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
  await page.getByRole('tab', { name }).waitFor();
}

const choose = (page: Page, example: string) =>
  page
    .getByRole('region', { name: 'Examples' })
    .getByRole('button', { name: new RegExp(`^${example} `) })
    .click();

/** Waits until the visible part of the answer says something; Monaco draws spaces as no-break ones. */
const expectAnswer = (page: Page, text: RegExp) =>
  page.waitForFunction(
    ([source = '']) =>
      new RegExp(source).test(
        document.querySelector('.graphiql-response .view-lines')?.textContent?.replaceAll('\u00a0', ' ') ?? '',
      ),
    [text.source],
  );

async function signIn(page: Page, password = PASSWORD): Promise<void> {
  await page.locator('.sign-in summary').click();
  await page.getByLabel('Username').fill('rick');
  await page.getByLabel('Password').fill(password);
  await page.locator('.sign-in').getByRole('button', { name: 'Sign in' }).click();
}

test('runs examples, asks no other host for anything and keeps to its policy', async () => {
  let letThrough = () => undefined as void;
  const held = new Promise<void>((resolve) => (letThrough = resolve));
  const { page, complaints, hosts } = await browser.open(addressOf(service), {}, (opened) =>
    opened.route('**/assets/monaco-editor-*', (route) => held.then(() => route.continue())),
  );
  // What is chosen before there is an editor opens with it, and nothing gets lost.
  await choose(page, 'Search');
  await choose(page, 'Menu');
  letThrough();
  await page.locator('.graphiql-query-editor').getByText('categoryTree').waitFor();
  await run(page);
  await expectAnswer(page, /"categoryTree": \[/);
  // What is open already is shown again.
  await choose(page, 'Shelf');
  await page.locator('.graphiql-query-editor').getByText('categorySlug').waitFor();
  expect(await page.getByRole('tab').count()).toBe(2);
  await run(page);
  await expectAnswer(page, /"totalCount": \d+/);
  // The schema has arrived, too: the documentation knows the types.
  await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
  await page.getByRole('link', { name: 'Query', exact: true }).waitFor();
  await page.locator('.sign-in summary').press('Enter');
  await page.getByLabel('Username').waitFor();
  await page.getByRole('button', { name: 'Show Examples' }).click();
  expect(await accessibilityProblems(page, ['.bar', '.examples'])).toEqual([]);
  await page.getByLabel('Username').press('Escape');
  await page.getByLabel('Username').waitFor({ state: 'hidden' });
  expect(complaints).toEqual([]);
  expect([...hosts]).toEqual([new URL(service.server.url).host]);
});

test('runs operations where the schema is not told, and says what is missing', async () => {
  const { page } = await open(undefined, closed);
  await expectAnswer(page, /This service/);
  await run(page);
  await expectAnswer(page, /"totalCount": 0/);
});

test('watches what happens, as nobody and as an admin, until it is stopped', async () => {
  const { page, complaints } = await open();
  const sell = () => service.admin('mutation { adjustStock(productId: 2, delta: -1) { stock } }');
  const answer = () => page.locator('.graphiql-response .view-lines').textContent();
  const sent: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(String(payload))));
  await choose(page, 'Watch products');
  await run(page);
  await expectAnswer(page, /"productChanged"/);
  const { adjustStock } = dataOf(await sell());
  await expectAnswer(page, new RegExp(`"stock": ${adjustStock.stock}\\b`));
  await page.getByRole('button', { name: /Stop query/ }).click();
  await expect.poll(() => sent.at(-1)).toContain('"type":"complete"');
  const last = await answer();
  await sell();
  expect(await answer()).toBe(last);
  await signIn(page);
  await page.getByText('rick · ADMIN').waitFor();
  await write(page, 'Journal', 'subscription Journal { eventAdded { actor { username } source } }');
  await run(page);
  // It tells of what happens from the moment on at which it has begun.
  await expect.poll(() => sell().then(answer)).toContain('administrator');
  expect(complaints).toEqual([]);
});

test('says that only registered operations are answered, and offers these', async () => {
  const text =
    '# How many there are.\nquery Count($inStock: Boolean) {\n  products(filter: { inStock: $inStock }) {\n    totalCount\n  }\n}';
  const operations = [{ id: 'count', name: 'Count', text }];
  const { page } = await open(undefined, exclusive);
  await expectAnswer(page, /registered operations only/);
  await page.getByText('none is registered yet').waitFor();
  await unitOfWork(exclusive.server.database, (em) => addOperations(em, operations));
  const listed = () => fetch(`${addressOf(exclusive)}/operations`).then((answer) => answer.json());
  await expect.poll(listed).toEqual({ operations: [{ name: 'Count', text }] });
  await page.reload();
  await page.getByRole('button', { name: 'Count How many there are.' }).click();
  await run(page);
  await expectAnswer(page, /"totalCount": 0/);
  await write(page, 'Other', 'query Other { __typename }');
  await run(page);
  await expectAnswer(page, /"code": "FORBIDDEN"/);
});

test('signs in, and runs a mutation as whoever did', async () => {
  const { page, complaints } = await open();
  await choose(page, 'Create product');
  await run(page);
  await expectAnswer(page, /"code": "UNAUTHENTICATED"/);
  await signIn(page);
  await page.getByText('rick · ADMIN').waitFor();
  await run(page);
  await expectAnswer(page, /"slug": "plumbus"/);
  const { product } = dataOf(await service.anonymous('{ product(slug: "plumbus") { priceShmeckles stock } }'));
  expect(product).toEqual({ priceShmeckles: '6.50', stock: 12 });
  // That the first answer was a 401 is told there, too.
  expect(complaints.filter((complaint) => !complaint.includes('401'))).toEqual([]);
});

test('says why a sign-in is refused, and signs out', async () => {
  const { page } = await open();
  await signIn(page, 'another password');
  expect(await page.locator('.sign-in [role=alert]').textContent()).toBe('Username or password is wrong.');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.locator('.sign-in').getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('rick · ADMIN').click();
  const authorization = await page.getByLabel('Authorization').inputValue();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('Sign in', { exact: true }).first().waitFor();
  await expect
    .poll(async () => {
      const headers = { authorization, 'content-type': 'application/json' };
      const body = JSON.stringify({ query: '{ sessions { id } }' });
      return (await fetch(service.server.url, { method: 'POST', headers, body })).status;
    })
    .toBe(401);
});

test('takes a token from elsewhere', async () => {
  const { accessToken } = await person(service, 'CASHIER', 'summer');
  const { page } = await open();
  await page.locator('.sign-in summary').click();
  await page.getByLabel('Or an access token').fill(`Bearer ${accessToken}`);
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByText('summer · CASHIER').waitFor();
  await choose(page, 'Sessions');
  await run(page);
  await expectAnswer(page, /"current": true/);
});

test('renews a token that has expired, once and unseen', async () => {
  const { refreshToken } = await person(service, 'USER', 'morty');
  const [, claims = ''] = rick.accessToken.split('.');
  const { sub, sid } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, string>;
  const longAgo = new Date(Date.now() - 3_600_000);
  const expired = service.server.auth.tokens.sign({ userId: Number(sub), sessionId: Number(sid) }, longAgo).token;
  const session = JSON.stringify({ accessToken: expired, refreshToken, user: { username: 'morty', role: 'USER' } });
  const { page } = await open((opened) =>
    opened.addInitScript((text) => sessionStorage.setItem('explorer-session', text), session),
  );
  await choose(page, 'Me');
  await run(page);
  await expectAnswer(page, /"username": "morty"/);
});
