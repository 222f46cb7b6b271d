import { expect, test } from 'vitest';
import type { OutboxEvent } from '../../src/delivery/outbox-event.js';
import { TOPICS, topicsOf } from '../../src/delivery/topics.js';
import { countedText } from '../../src/telegram/counted.js';
import { fitted, htmlToText, shortText } from '../../src/telegram/html.js';
import { importMessage, LONGEST_MESSAGE, noticeMessage } from '../../src/telegram/notice-message.js';
import { pagesBelow } from '../../src/telegram/page-address.js';

const DEFAULT = new Set(['product.created', 'product.price_changed', 'product.out_of_stock']);
const noPages = () => undefined;

function event(given: Partial<OutboxEvent> = {}): OutboxEvent {
  return {
    id: 1,
    type: 'product.updated',
    entity: 'PRODUCT',
    entityId: '7',
    label: 'Plumbus',
    slug: 'plumbus',
    changes: [],
    actorId: null,
    actor: null,
    source: 'API',
    requestId: null,
    occurredAt: new Date(0),
    ...given,
  };
}

const change = (field: string, before: unknown, after: unknown) => ({ field, before, after });
const told = (given: Partial<OutboxEvent>, subscribed: ReadonlySet<string> = DEFAULT) => {
  const made = event(given);
  return { event: made, topics: topicsOf(made, subscribed) };
};
const message = (given: Partial<OutboxEvent>, subscribed?: ReadonlySet<string>) =>
  noticeMessage([told(given, subscribed)], noPages);

const ALL = new Set<string>(TOPICS);
const PRICE = change('priceShmeckles', '10.00', '12.50');

test.each([
  [
    {
      type: 'product.created',
      changes: [
        change('name', null, 'Plumbus'),
        change('priceShmeckles', null, '10.00'),
        change('priceFlurbos', null, '1.00'),
        change('stock', null, 5),
      ],
    },
    '🆕 Plumbus: 10.00 shmeckles, 1.00 flurbos, 5 in stock',
  ],
  [{ changes: [PRICE], actor: 'rick' }, '💰 Plumbus: 10.00 → 12.50 shmeckles (rick)'],
  [{ changes: [PRICE, change('name', 'Old', 'Plumbus')] }, '💰 Plumbus: 10.00 → 12.50 shmeckles'],
  [{ type: 'product.stock_changed', changes: [change('stock', 3, 0)] }, '⛔ Plumbus: out of stock'],
  [{ changes: [change('stock', 3, 0), PRICE] }, '💰 Plumbus: out of stock, 10.00 → 12.50 shmeckles'],
])('by default %j reads as one line', (given, text) => {
  expect(htmlToText(message(given))).toBe(text);
});

test.each([
  [{ type: 'product.stock_changed', changes: [change('stock', 3, 2)] }, '📦 Plumbus: stock 3 → 2'],
  [{ type: 'product.stock_changed', changes: [change('stock', 0, 2)] }, '✅ Plumbus: back in stock: 2'],
  [
    {
      changes: [
        change('name', 'Old', 'Plumbus'),
        change('description', null, 'two\nlines'),
        change('isActive', true, false),
      ],
    },
    '✏️ Plumbus: name Old → Plumbus, description — → two lines, is active yes → no',
  ],
  [{ type: 'product.tagged', changes: [change('tags', [], ['Sale'])] }, '🏷 Plumbus tagged: Sale'],
  [{ type: 'product.deleted' }, '🗑 Plumbus was deleted'],
  [{ type: 'category.created', entity: 'CATEGORY', label: 'Tools' }, '🆕 category Tools is new'],
  [
    { type: 'user.updated', entity: 'USER', label: 'rick', changes: [change('password', null, null)] },
    '✏️ user rick: password changed',
  ],
])('where it is subscribed to, %j does too', (given, text) => {
  expect(htmlToText(message(given, ALL))).toBe(text);
});

test('what a name holds is text, not markup, and a link leads to the page', () => {
  const label = '<b>Mr. & Mrs. "Meeseeks"</b>';
  const { event: made, topics } = told({ label, changes: [PRICE] });
  expect(noticeMessage([{ event: made, topics }], pagesBelow('https://shop.example/?a=1&p={slug}'))).toBe(
    '💰 <a href="https://shop.example/?a=1&amp;p=plumbus"><b>&lt;b&gt;Mr. &amp; Mrs. &quot;Meeseeks&quot;&lt;/b&gt;</b></a>: 10.00 → 12.50 shmeckles',
  );
});

test.each([
  ['https://shop.example', 'https://shop.example/products/plumbus'],
  ['https://shop.example/app/', 'https://shop.example/app/products/plumbus'],
  ['https://shop.example/{folder}/{id}', 'https://shop.example/products/7'],
])('below %s, a product is at %s', (address, page) => {
  expect(pagesBelow(address)(event())).toBe(page);
});

test('an entry that is gone, or a user, has no page', () => {
  expect(pagesBelow('https://shop.example')(event({ slug: null }))).toBeUndefined();
  expect(pagesBelow('https://shop.example')(event({ entity: 'USER' }))).toBeUndefined();
});

test('more than a message holds is counted in its last line, and no markup is cut in two', () => {
  const many = Array.from({ length: 300 }, (_, index) =>
    told(
      index % 3 === 0
        ? { changes: [PRICE], label: '&'.repeat(100) }
        : { type: 'product.created', label: `Plumbus <${index}>` },
    ),
  );
  const text = noticeMessage(many, noPages);
  expect(text.length).toBeLessThanOrEqual(LONGEST_MESSAGE);
  const lines = text.split('\n');
  const counts = /^… and (\d+) products created, (\d+) products with another price$/.exec(lines.at(-1) ?? '');
  expect(Number(counts?.[1]) + Number(counts?.[2]) + lines.length - 1).toBe(300);
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^\S+ <b>(?:[^<>&]|&(?:amp|lt|gt|quot);)*<\/b>/);
});

test('a line has an end, whatever changed', () => {
  const changes = Array.from({ length: 100 }, (_, index) =>
    change(`field${index}`, '<'.repeat(5000), '&'.repeat(5000)),
  );
  const text = message({ changes }, ALL);
  expect(text.length).toBeLessThan(LONGEST_MESSAGE);
  expect(text).toMatch(/, and \d+ more$/);
});

test('an import is one line with its numbers', () => {
  expect(
    htmlToText(importMessage({ 'product.price_changed': 3, 'product.created': 1240, 'category.created': 1 })),
  ).toBe('📥 Import: 1,240 products created, 3 products with another price, 1 category created');
});

test('numbers of all topics have words', () => {
  for (const topic of TOPICS) expect(countedText({ [topic]: 2 })).toMatch(/^2 \w+s\b/);
});

test('a text is cut as people count it, before it is escaped', () => {
  expect(shortText('a<b>c', 3)).toBe('a&lt;…');
  expect(shortText('🦑🦑🦑', 3)).toBe('🦑🦑🦑');
  expect(shortText('🦑🦑🦑🦑', 3)).toBe('🦑🦑…');
  expect(shortText('👩‍🔬👩‍🔬👩‍🔬', 2)).toBe('👩‍🔬…');
  expect(shortText('x'.repeat(10_000), 5)).toBe('xxxx…');
});

test('what fits stays whole', () => {
  const rest = (count: number) => `+${count}`;
  expect(fitted(['aa', 'bb', 'cc'], ',', 8, rest)).toBe('aa,bb,cc');
  expect(fitted(['aa', 'bb', 'cc'], ',', 7, rest)).toBe('aa,+2');
  expect(fitted(['aaaaaaaa'], ',', 7, rest)).toBe('+1');
});
