import { changeOf, type OutboxEvent } from './outbox-event.js';

const EVENT_TYPES = [
  'product.created',
  'product.updated',
  'product.deleted',
  'product.stock_changed',
  'product.tagged',
  'product.untagged',
  'category.created',
  'category.updated',
  'category.deleted',
  'tag.created',
  'tag.updated',
  'tag.deleted',
  'user.created',
  'user.updated',
  'user.deleted',
] as const;

/** What is told from the changes of an event, whatever its type. */
const DERIVED = {
  'product.price_changed': (event) =>
    isChange(event) && (changeOf(event, 'priceShmeckles') ?? changeOf(event, 'priceFlurbos')) !== undefined,
  'product.out_of_stock': (event) => isChange(event) && Number(stockOf(event)?.after ?? 1) === 0,
  'product.back_in_stock': (event) => isChange(event) && Number(stockOf(event)?.before ?? 1) === 0,
} satisfies Record<string, (event: OutboxEvent) => boolean>;

const isChange = ({ type }: OutboxEvent) => type === 'product.updated' || type === 'product.stock_changed';
const stockOf = (event: OutboxEvent) => changeOf(event, 'stock');

/** What can be subscribed to: a type of event, or what is derived from one. */
export type Topic = (typeof EVENT_TYPES)[number] | keyof typeof DERIVED;

export const TOPICS: readonly Topic[] = [...EVENT_TYPES, ...(Object.keys(DERIVED) as (keyof typeof DERIVED)[])];

/** The topics of an event that are subscribed to, what says most about it first. */
export function topicsOf(event: OutboxEvent, subscribed: ReadonlySet<string>): Topic[] {
  const derived = Object.entries(DERIVED).filter(([, holds]) => holds(event));
  return [...derived.map(([topic]) => topic), event.type].filter((topic) => subscribed.has(topic)) as Topic[];
}

/**
 * The topics that a list names, with commas between them: `*` is all of them, `product.*` all of a noun.
 * @returns `unknown`: the names that are none
 */
export function parseTopics(list: string): { topics: Topic[]; unknown: string[] } {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const found = new Map(names.map((name) => [name, TOPICS.filter((topic) => isMeant(name, topic))]));
  return {
    topics: TOPICS.filter((topic) => [...found.values()].some((topics) => topics.includes(topic))),
    unknown: names.filter((name) => found.get(name)?.length === 0),
  };
}

const isMeant = (name: string, topic: string) =>
  name === '*' || name === topic || (name.endsWith('.*') && topic.startsWith(name.slice(0, -1)));
