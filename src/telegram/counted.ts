import type { TopicCounts } from '../delivery/told.js';

const NOUNS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  product: ['product', 'products'],
  category: ['category', 'categories'],
  tag: ['tag', 'tags'],
  user: ['user', 'users'],
};

const PHRASES: Readonly<Record<string, (count: number) => string>> = {
  'product.price_changed': (count) => `${amount(count, 'product')} with another price`,
  'product.out_of_stock': (count) => `${amount(count, 'product')} out of stock`,
  'product.back_in_stock': (count) => `${amount(count, 'product')} back in stock`,
  'product.stock_changed': (count) => `${amount(count, 'product')} with another stock`,
};

/** Counts in words, most first: "1,240 products created, 3 products changed". */
export function countedText(counts: TopicCounts): string {
  const entries = Object.entries(counts).filter(([, count]) => count > 0);
  return entries
    .toSorted(([, a], [, b]) => b - a)
    .map(([topic, count]) => phraseOf(topic, count))
    .join(', ');
}

function phraseOf(topic: string, count: number): string {
  const [noun = '', verb = ''] = topic.split('.');
  return PHRASES[topic]?.(count) ?? `${amount(count, noun)} ${verb === 'updated' ? 'changed' : verb}`;
}

function amount(count: number, noun: string): string {
  const [one, many] = NOUNS[noun] ?? [noun, noun];
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}
