import type { Answer, Client } from './service.js';

let made = 0;
/** A number that no other test of the file has. */
const nextNumber = () => (made += 1);

/** An entry as the factories hand it out. */
export interface Made {
  id: string;
  name: string;
  slug: string;
  version: number;
}

async function make(admin: Client, field: string, inputType: string, input: Record<string, unknown>): Promise<Made> {
  const answer = await admin(
    `mutation ($input: ${inputType}!) { made: ${field}(input: $input) { id name slug version } }`,
    { input },
  );
  if (answer.errors) throw new Error(`${field} failed: ${JSON.stringify(answer.errors)}`);
  return answer.data.made as Made;
}

/** Entries for tests; what is not given is made up, and different each time. */
export const catalogueOf = (admin: Client) => ({
  category: (input: Record<string, unknown> = {}) =>
    make(admin, 'createCategory', 'CreateCategoryInput', { name: `Category ${nextNumber()}`, ...input }),
  tag: (input: Record<string, unknown> = {}) =>
    make(admin, 'createTag', 'CreateTagInput', { name: `Tag ${nextNumber()}`, ...input }),
  product: (input: Record<string, unknown> = {}) =>
    make(admin, 'createProduct', 'CreateProductInput', {
      name: `Product ${nextNumber()}`,
      priceShmeckles: '10.00',
      priceFlurbos: '1.00',
      ...input,
    }),
});

/** Every field of an entry's own, and what it is linked to. */
export const FIELDS = {
  Category: 'id name slug isActive parentId depth version createdAt updatedAt',
  Tag: 'id name slug version createdAt updatedAt',
  Product:
    'id name slug description imageUrl priceShmeckles priceFlurbos stock rating isActive category { id } tags { id } version createdAt updatedAt',
} as const;

type Noun = keyof typeof FIELDS;

/** What the operations on one noun answer; the entry stands under the field's name, such as `data.updateTag`. */
const operationsOn = (client: Client, noun: Noun) => ({
  create: (input: Record<string, unknown>, fields: string = FIELDS[noun]) =>
    client(`mutation ($input: Create${noun}Input!) { create${noun}(input: $input) { ${fields} } }`, { input }),
  update: (
    id: string,
    input: Record<string, unknown>,
    expectedVersion?: number | null,
    fields: string = FIELDS[noun],
  ) =>
    client(
      `mutation ($id: ID!, $input: Update${noun}Input!, $expectedVersion: Int) {
        update${noun}(id: $id, input: $input, expectedVersion: $expectedVersion) { ${fields} }
      }`,
      { id, input, expectedVersion },
    ),
  delete: (id: string, expectedVersion?: number, fields: string = FIELDS[noun]) =>
    client(
      `mutation ($id: ID!, $expectedVersion: Int) { delete${noun}(id: $id, expectedVersion: $expectedVersion) { ${fields} } }`,
      { id, expectedVersion },
    ),
  /** The entry itself, or null. */
  read: async (id: string, fields: string = FIELDS[noun]) => {
    const answer = await client(`query ($id: ID!) { entry: ${noun.toLowerCase()}(id: $id) { ${fields} } }`, { id });
    return dataOf(answer).entry;
  },
});

/** The catalogue's operations as one client calls them, by noun. */
export const operationsOf = (client: Client) => ({
  category: operationsOn(client, 'Category'),
  tag: operationsOn(client, 'Tag'),
  product: {
    ...operationsOn(client, 'Product'),
    adjustStock: (productId: string, delta: number) =>
      client(
        `mutation ($productId: ID!, $delta: Int!) { adjustStock(productId: $productId, delta: $delta) { ${FIELDS.Product} } }`,
        { productId, delta },
      ),
  },
});

/** Everything in the catalogue, to tell that nothing of it changed; for up to 100 entries of a noun. */
export async function contentsOf(admin: Client): Promise<unknown> {
  return dataOf(
    await admin(`{
      categories(first: 100) { nodes { ${FIELDS.Category} } }
      tags(first: 100) { nodes { ${FIELDS.Tag} } }
      products(first: 100) { nodes { ${FIELDS.Product} } }
    }`),
  );
}

/** What an operation answered that must not have failed. */
export function dataOf(answer: Answer): Answer['data'] {
  if (answer.errors) throw new Error(`The operation failed: ${JSON.stringify(answer.errors)}`);
  return answer.data;
}
