import type { Model } from './list-model.js';
import type { Random } from './list-world.js';

const PARTS = [
  'mug',
  'MUG',
  'кру',
  'ÉCLAIR',
  'cl',
  '%',
  '_',
  '\\',
  '"',
  "'",
  '😀',
  'i',
  'ΟΔΟΣ',
  'ss',
  'ß',
  '',
  ' ',
  'нет',
];

/** What people may search for. */
export const SEARCHES = [
  'mug',
  'MUG blue',
  'm',
  'blue m',
  'кру',
  'СИНЯЯ кружка',
  'елка',
  'eclair',
  'ÉCLAIR cafe',
  'strasse',
  'straß',
  'οδοσ',
  'lodz',
  'wide fi',
  '東',
  '100',
  'mug mugs',
  'under_score',
  'a',
  'not or and near',
  '"mug" OR (blue*) :-^ NEAR/2',
  "it's o'clock",
  'i',
  'word'.repeat(16),
  'word'.repeat(40),
  'mug '.repeat(2500),
  Array.from({ length: 40 }, (_, index) => `none${index}`).join(' '),
  '',
  '😀',
  '%_\\',
  '=mug',
  'нет',
];

/** A filter of some conditions, taken from what there is. */
export function randomProductFilter(world: Model, random: Random): Record<string, unknown> {
  const { products, categories, tags } = world;
  const product = () => random.pick(products);
  const tagIds = () => random.some(tags, 2).map(({ id }) => String(id));
  const moment = (key: 'createdAt' | 'updatedAt') => random.pick([{ from: product()[key] }, { to: product()[key] }]);
  const amount = () => (product().priceShmeckles / 100).toFixed(2);
  const conditions: Record<string, () => unknown> = {
    ids: () =>
      random
        .some(products, 20)
        .map(({ id }) => String(id))
        .concat('abc', '-1'),
    slugs: () => random.some(products, 20).map(({ slug }) => slug),
    search: () => random.pick(SEARCHES),
    nameContains: () => random.pick(PARTS),
    categoryId: () => String(random.pick(categories).id),
    categorySlug: () => random.pick(categories).slug,
    includeDescendants: () => random.pick([true, false]),
    uncategorized: () => random.pick([true, false]),
    tagIds,
    allTagIds: () => tagIds().flatMap((id) => [id, id]),
    priceShmeckles: () => random.pick([{ min: amount() }, { max: amount() }, { min: '0.01', max: amount() }, {}]),
    priceFlurbos: () => random.pick([{ min: '2.00' }, { max: '2.00' }, { min: '3.00', max: '1.00' }]),
    stock: () => random.pick([{ min: 1 }, { max: 5 }, { min: 1, max: 5 }, { min: -1 }]),
    inStock: () => random.pick([true, false]),
    rating: () => random.pick([{ min: 0 }, { max: 4.5 }, { min: 3.3333333333333335 }, {}]),
    isActive: () => random.pick([true, false]),
    createdAt: () => moment('createdAt'),
    updatedAt: () => moment('updatedAt'),
  };
  const keys = random.some(Object.keys(conditions), 3);
  return Object.fromEntries(keys.map((key) => [key, random.next() < 0.05 ? null : conditions[key]?.()]));
}

function randomCategoryFilter({ categories }: Model, random: Random): Record<string, unknown> {
  const conditions: Record<string, () => unknown> = {
    ids: () => random.some(categories, 9).map(({ id }) => String(id)),
    slugs: () => random.some(categories, 9).map(({ slug }) => slug),
    nameContains: () => random.pick(PARTS),
    parentId: () => String(random.pick(categories).id),
    roots: () => random.pick([true, false]),
    isActive: () => random.pick([true, false]),
  };
  return Object.fromEntries(random.some(Object.keys(conditions), 2).map((key) => [key, conditions[key]?.()]));
}

function randomTagFilter({ tags }: Model, random: Random): Record<string, unknown> {
  const conditions: Record<string, () => unknown> = {
    ids: () => random.some(tags, 7).map(({ id }) => String(id)),
    slugs: () => random.some(tags, 7).map(({ slug }) => slug),
    nameContains: () => random.pick(['e', 'É', '_', 'ё', '😀', '']),
  };
  return Object.fromEntries(random.some(Object.keys(conditions), 2).map((key) => [key, conditions[key]?.()]));
}

/** A filter of some conditions for each list. */
export const FILTERS = { products: randomProductFilter, categories: randomCategoryFilter, tags: randomTagFilter };
