import { catalogueOf, dataOf, operationsOf } from './catalogue.js';
import type { Model, ModelCategory, ModelProduct, ModelTag, Order } from './list-model.js';
import type { Client } from './service.js';

/** Numbers from 0 to 1 that are the same at each run. */
export function randomOf(seed: number) {
  let state = seed * 2_654_435_761 + 1;
  const next = () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const upTo = (count: number) => Math.floor(next() * count);
  const pick = <T>(list: readonly T[]): T => list[upTo(list.length)] as T;
  /** Some of a list, each once. */
  const some = <T>(list: readonly T[], most: number): T[] => [
    ...new Set(Array.from({ length: upTo(most + 1) }, () => pick(list))),
  ];
  return { next, upTo, pick, some };
}
export type Random = ReturnType<typeof randomOf>;

const NAMES = ['Mug', 'mug', 'MUG', 'Кружка', 'кружка', 'Éclair', 'e\u0301clair', 'Straße', 'STRASSE', 'İstanbul']
  .concat(['istanbul', '😀 mug', '\uFF5Emug', 'Ёлка', 'ёлка 100%', 'under_score', 'ΟΔΟΣ', 'οδοσα', 'a', 'Z'])
  .concat(['Rick\'s \\ "quote"', '50% off', '(brackets) [*]', '東京', 'ＷＩＤＥ', 'ﬁne']);

const DESCRIPTIONS = [
  null,
  null,
  '',
  'Holds a mug, blue.',
  'Синяя кружка — «ёлка»',
  'éclair au café & Straße 100%',
  '😀',
]
  .concat(['mug mugs MUGS', "it's o'clock; under_score AND NOT OR near(mug)", 'ΟΔΟΣ ﬁne ＷＩＤＥ 東京 Łódź'])
  .concat([`long ${'word'.repeat(40)} text`]);

const MANY = 62;

/** Fills a catalogue with products that share names, prices, ratings and times, and answers what it holds then. */
export async function makeWorld(admin: Client): Promise<Model> {
  const random = randomOf(7);
  const given = catalogueOf(admin);
  const categories: string[] = [];
  for (let made = 0; made < 9; made += 1) {
    const parentId = made < 2 ? null : random.pick(categories);
    const name = `${random.pick(NAMES)} ${made}`;
    categories.push((await given.category({ name, parentId, isActive: made !== 3 && made !== 6 })).id);
  }
  const tags: string[] = [];
  for (const name of ['sale', 'НОВИНКА', 'é', '😀', 'Zebra', 'ёж', 'a_b']) tags.push((await given.tag({ name })).id);
  // Four at a time: some of them are made in the same millisecond.
  for (let made = 0; made < MANY; made += 4) {
    await Promise.all(
      Array.from({ length: Math.min(4, MANY - made) }, () => given.product(randomProduct(random, categories, tags))),
    );
  }
  const world = await readModel(admin);
  const { product } = operationsOf(admin);
  for (const { id, stock } of world.products.filter((_, index) => index % 5 === 0))
    dataOf(await product.update(String(id), { stock: stock + 1 }));
  return readModel(admin);
}

const randomProduct = (random: Random, categories: readonly string[], tags: readonly string[]) => ({
  name: random.next() < 0.7 ? random.pick(NAMES) : `${random.pick(NAMES)} ${random.pick(NAMES)}`,
  description: random.pick(DESCRIPTIONS),
  priceShmeckles: random.pick(['0', '0.01', '9.99', '10', '10', '250.50', '9999999999.99']),
  priceFlurbos: random.pick([1, 2, 2, 3.5]),
  stock: random.pick([0, 0, 1, 5, 2_147_483_000]),
  rating: random.pick([null, null, 0, 0.1, 3.3333333333333335, 4.5, 5]),
  isActive: random.next() < 0.8,
  categoryId: random.next() < 0.2 ? null : random.pick(categories),
  tagIds: random.some(tags, 3),
});

async function readModel(admin: Client): Promise<Model> {
  const data = dataOf(
    await admin(`{
      categories(first: 100) { nodes { id name slug isActive parentId createdAt } }
      tags(first: 100) { nodes { id name slug createdAt } }
      products(first: 100) { nodes {
        id name slug description priceShmeckles priceFlurbos stock rating isActive category { id } tags { id } createdAt updatedAt
      } }
    }`),
  );
  const minorUnits = (amount: string) => Number(amount.replace('.', ''));
  return {
    categories: data.categories.nodes.map(
      (node: Omit<ModelCategory, 'id' | 'parentId'> & { id: string; parentId: string | null }) => ({
        ...node,
        id: Number(node.id),
        parentId: node.parentId === null ? null : Number(node.parentId),
      }),
    ),
    tags: data.tags.nodes.map((node: Omit<ModelTag, 'id'> & { id: string }) => ({ ...node, id: Number(node.id) })),
    products: data.products.nodes.map(
      ({
        category,
        tags,
        ...node
      }: Record<string, unknown> & { category: { id: string } | null; tags: { id: string }[] }) =>
        ({
          ...node,
          id: Number(node.id),
          priceShmeckles: minorUnits(node.priceShmeckles as string),
          priceFlurbos: minorUnits(node.priceFlurbos as string),
          categoryId: category && Number(category.id),
          tagIds: tags.map(({ id }) => Number(id)),
        }) as ModelProduct,
    ),
  };
}

/** A list to be read page by page. */
export interface List {
  field: 'products' | 'categories' | 'tags';
  filter: Record<string, unknown> | undefined;
  orderBy: Order | undefined;
}

export interface Page {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
  totalCount: number;
}

const NOUNS = { products: 'Product', categories: 'Category', tags: 'Tag' } as const;

/** The operation that reads a page, and its variables. */
export function pageOperation({ field, ...list }: List, page: Record<string, unknown> = {}) {
  const noun = NOUNS[field];
  const query = `query ($filter: ${noun}Filter, $orderBy: ${noun}Order, $first: Int, $after: String, $last: Int, $before: String) {
    list: ${field}(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { id } } nodes { id } totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }`;
  return [query, { ...list, ...page }] as const;
}

export async function readPage(client: Client, list: List, page: Record<string, unknown> = {}): Promise<Page> {
  return dataOf(await client(...pageOperation(list, page))).list;
}
