import { changeOf, type OutboxEvent } from '../delivery/outbox-event.js';
import type { FieldChange } from '../event/event.entity.js';
import type { Topic } from '../delivery/topics.js';
import { bold, fitted, link, shortText } from './html.js';

const LONGEST_NAME = 120;
const LONGEST_VALUE = 80;
const LONGEST_LINE = 2000;
const BLANK = '—';

/** Where people find an entry; undefined where there is no page. */
export type PageOf = (event: OutboxEvent) => string | undefined;

/**
 * What happened, as one line of a message in Telegram's HTML.
 * @param topics of the event, those that are subscribed to: it says no more than these
 */
export function noticeLine(event: OutboxEvent, topics: readonly Topic[], pageOf: PageOf): string {
  const [topic = event.type] = topics;
  const happened = whatHappened(event, topics);
  const actor = event.actor === null ? '' : ` (${shortText(event.actor, LONGEST_NAME)})`;
  return `${iconOf(topic)} ${titleOf(event, pageOf)}${happened}${actor}`;
}

const ICONS: Readonly<Record<string, string>> = {
  'product.price_changed': '💰',
  'product.out_of_stock': '⛔',
  'product.back_in_stock': '✅',
  'product.stock_changed': '📦',
  created: '🆕',
  updated: '✏️',
  deleted: '🗑',
  tagged: '🏷',
  untagged: '🏷',
};

const iconOf = (topic: string): string => ICONS[topic] ?? ICONS[topic.replace(/^.*\./, '')] ?? '•';

/** The entry's name, and what it is where it is no product. */
function titleOf(event: OutboxEvent, pageOf: PageOf): string {
  const name = bold(shortText(event.label, LONGEST_NAME) || BLANK);
  const page = pageOf(event);
  const title = page === undefined ? name : link(name, page);
  return event.entity === 'PRODUCT' ? title : `${event.entity.toLowerCase()} ${title}`;
}

function whatHappened(event: OutboxEvent, topics: readonly Topic[]): string {
  const verb = event.type.replace(/^.*\./, '');
  if (verb === 'created') return listed(event, createdParts(event));
  if (verb === 'deleted') return ' was deleted';
  const tags = (event.changes ?? []).flatMap(({ before, after }) => [before, after]).flat();
  if (verb === 'tagged' || verb === 'untagged') return ` ${verb}: ${valueText(tags)}`;
  return changedText(event, topics);
}

/** What is worth to know of what is new. */
function createdParts(event: OutboxEvent): string[] {
  const prices = PRICES.map(([field, currency]) => [changeOf(event, field)?.after, currency] as const);
  const stock = changeOf(event, 'stock')?.after;
  return [
    ...prices.filter(([price]) => price !== undefined).map(([price, currency]) => `${valueText(price)} ${currency}`),
    ...(stock === undefined ? [] : [`${valueText(stock)} in stock`]),
  ];
}

const listed = (event: OutboxEvent, parts: readonly string[]) =>
  event.entity === 'PRODUCT' && parts.length > 0 ? `: ${parts.join(', ')}` : ' is new';

const PRICES = [
  ['priceShmeckles', 'shmeckles'],
  ['priceFlurbos', 'flurbos'],
] as const;
const CURRENCIES = new Map<string, string>(PRICES);

/** The changes that the topics are about: all of them where every change of the entry is subscribed to. */
function changedText(event: OutboxEvent, topics: readonly Topic[]): string {
  const about = new Set<string>(topics);
  const isAboutAll = about.has(event.type);
  const parts: string[] = [];
  for (const change of event.changes ?? []) {
    const part = stockText(change, about) ?? priceText(change) ?? fieldText(change);
    if (isAboutAll || isAbout(change, about)) parts.push(part);
  }
  return `: ${fitted(parts, ', ', LONGEST_LINE, (leftOut) => `and ${leftOut} more`)}`;
}

const isAbout = ({ field }: FieldChange, about: ReadonlySet<string>) =>
  (CURRENCIES.has(field) && about.has('product.price_changed')) ||
  (field === 'stock' && (about.has('product.out_of_stock') || about.has('product.back_in_stock')));

function stockText({ field, before, after }: FieldChange, about: ReadonlySet<string>): string | undefined {
  if (field !== 'stock') return undefined;
  if (about.has('product.out_of_stock')) return 'out of stock';
  if (about.has('product.back_in_stock')) return `back in stock: ${valueText(after)}`;
  return `stock ${valueText(before)} → ${valueText(after)}`;
}

function priceText({ field, before, after }: FieldChange): string | undefined {
  const currency = CURRENCIES.get(field);
  return currency && `${valueText(before)} → ${valueText(after)} ${currency}`;
}

/** A change of what is not shown, such as a password, has no values. */
const fieldText = ({ field, before, after }: FieldChange) =>
  before === null && after === null
    ? `${fieldName(field)} changed`
    : `${fieldName(field)} ${valueText(before)} → ${valueText(after)}`;

/** `imageUrl` as "image url". */
const fieldName = (field: string) =>
  shortText(
    field.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    LONGEST_VALUE,
  );

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return BLANK;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
  return shortText(Array.isArray(value) ? value.map(String).join(', ') : text, LONGEST_VALUE);
}
