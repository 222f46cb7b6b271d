import { Client, fetchExchange, gql, type TypedDocumentNode } from '@urql/core';
import { type Cache, cacheExchange, type Data } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { readFileSync } from 'node:fs';
import { buildSchema, introspectionFromSchema } from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { useService } from '../../test/support/service.js';
import { type Shelf, stockShelf } from '../../test/support/shelf.js';

interface Product {
  id: string;
  name: string;
  stock: number;
}

interface ShelfData {
  products: {
    edges: { node: Product }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  };
}

const SHELF: TypedDocumentNode<ShelfData, { tag: string; after?: string | null }> = gql`
  query Shelf($tag: ID!, $after: String) {
    products(filter: { tagIds: [$tag] }, orderBy: { field: NAME }, first: 2, after: $after) {
      edges {
        node {
          id
          name
          stock
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

const SELL: TypedDocumentNode<{ adjustStock: Product }, { id: string; delta: number }> = gql`
  mutation Sell($id: ID!, $delta: Int!) {
    adjustStock(productId: $id, delta: $delta) {
      id
      name
      stock
    }
  }
`;

const schema = introspectionFromSchema(buildSchema(readFileSync('schema.graphql', 'utf8')));

const service = useService();
let shelf: Shelf;

beforeAll(async () => {
  shelf = await stockShelf(service);
});

const stockIn = (cache: Cache, id: string) => Number(cache.resolve({ __typename: 'Product', id }, 'stock'));

/** A client as its manual sets one up: graphcache that knows the schema and pages by Relay's rules. */
function createClient() {
  return new Client({
    url: service.server.url,
    preferGetMethod: false,
    exchanges: [
      cacheExchange({
        schema,
        resolvers: { Query: { products: relayPagination() } },
        optimistic: {
          adjustStock: (args, cache) =>
            ({
              __typename: 'Product',
              id: args.productId,
              stock: stockIn(cache, args.productId as string) + (args.delta as number),
            }) as Data,
        },
        keys: keysOf(['ProductFacets', 'CategoryFacet', 'TagFacet', 'PriceRange', 'AuthPayload']),
      }),
      fetchExchange,
    ],
    fetchOptions: { headers: { authorization: `Bearer ${shelf.accessToken}` } },
  });
}

/** Types without an id belong to the entry that they are asked of. */
const keysOf = (types: string[]) => Object.fromEntries(types.map((type) => [type, () => null]));

const namesOf = (data: ShelfData | undefined) => data?.products.edges.map(({ node }) => node.name);

test('puts the pages of a list together by relayPagination, and reads them again from the cache', async () => {
  const client = createClient();
  let after: string | null = null;
  for (let pages = 0; pages < 3; pages += 1) {
    const { data } = await client.query(SHELF, { tag: shelf.tag, after }).toPromise();
    after = data?.products.pageInfo.endCursor ?? null;
  }
  const { data } = await client.query(SHELF, { tag: shelf.tag }, { requestPolicy: 'cache-only' }).toPromise();
  expect(namesOf(data)).toEqual(['a product', 'b product', 'c product', 'd product', 'e product']);
});

test('a mutation changes the entry in every list that has it, before and after the answer', async () => {
  const client = createClient();
  const [id = ''] = shelf.products;
  const stocks: (number | undefined)[] = [];
  const subscription = client.query(SHELF, { tag: shelf.tag }).subscribe(({ data }) => {
    stocks.push(data?.products.edges[0]?.node.stock);
  });
  await expect.poll(() => stocks).toEqual([10]);
  const selling = client.mutation(SELL, { id, delta: -3 }).toPromise();
  await expect.poll(() => stocks[1]).toBe(7);
  expect((await selling).data?.adjustStock.stock).toBe(7);
  subscription.unsubscribe();
});

test('a refused mutation takes the optimistic change back, and tells its code', async () => {
  const client = createClient();
  const [, id = ''] = shelf.products;
  const stocks: (number | undefined)[] = [];
  const subscription = client.query(SHELF, { tag: shelf.tag }).subscribe(({ data }) => {
    stocks.push(data?.products.edges[1]?.node.stock);
  });
  await expect.poll(() => stocks).toEqual([10]);
  const { error } = await client.mutation(SELL, { id, delta: -100 }).toPromise();
  expect(error?.graphQLErrors.map(({ extensions }) => extensions)).toMatchObject([{ code: 'OUT_OF_STOCK', stock: 10 }]);
  await expect.poll(() => stocks).toEqual([10, -90, 10]);
  subscription.unsubscribe();
});
