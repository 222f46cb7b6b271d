import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  type ObservableQuery,
  type TypedDocumentNode,
} from '@apollo/client';
import { SetContextLink } from '@apollo/client/link/context';
import { relayStylePagination } from '@apollo/client/utilities';
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

interface ShelfVariables {
  tag: string;
  after?: string | null;
  [name: string]: unknown;
}

const SHELF: TypedDocumentNode<ShelfData, ShelfVariables> = gql`
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

const service = useService();
let shelf: Shelf;

beforeAll(async () => {
  shelf = await stockShelf(service);
});

/** A client as its manual sets one up, and how many operations it has sent. */
function createClient() {
  let sent = 0;
  const counting = new ApolloLink((operation, forward) => {
    sent += 1;
    return forward(operation);
  });
  const signedIn = new SetContextLink(({ headers }) => ({
    headers: { ...headers, authorization: `Bearer ${shelf.accessToken}` },
  }));
  const client = new ApolloClient({
    link: ApolloLink.from([signedIn, counting, new HttpLink({ uri: service.server.url })]),
    cache: new InMemoryCache({
      typePolicies: { Query: { fields: { products: relayStylePagination(['filter', 'orderBy']) } } },
    }),
  });
  return { client, sent: () => sent };
}

/** What a component would draw. */
const shown = (query: ObservableQuery<ShelfData, ShelfVariables>) =>
  query.getCurrentResult().data as ShelfData | undefined;

const namesOf = (data: ShelfData | undefined) => data?.products.edges.map(({ node }) => node.name);

test('puts the pages of a list together by relayStylePagination, and reads them again from the cache', async () => {
  const { client, sent } = createClient();
  const query = client.watchQuery({ query: SHELF, variables: { tag: shelf.tag } });
  const subscription = query.subscribe(() => undefined);
  await expect.poll(() => namesOf(shown(query))).toHaveLength(2);
  for (const length of [4, 5]) {
    await query.fetchMore({ variables: { after: shown(query)?.products.pageInfo.endCursor } });
    await expect.poll(() => namesOf(shown(query))).toHaveLength(length);
  }
  const data = shown(query);
  subscription.unsubscribe();
  expect(data?.products.pageInfo.hasNextPage).toBe(false);
  const all = ['a product', 'b product', 'c product', 'd product', 'e product'];
  expect(namesOf(data)).toEqual(all);
  const again = await client.query({ query: SHELF, variables: { tag: shelf.tag } });
  expect(namesOf(again.data)).toEqual(all);
  expect(sent()).toBe(3);
});

test('a mutation changes the entry in every list that has it, at once where it is optimistic', async () => {
  const { client, sent } = createClient();
  const [id = ''] = shelf.products;
  const query = client.watchQuery({ query: SHELF, variables: { tag: shelf.tag } });
  const stocks: (number | undefined)[] = [];
  const subscription = query.subscribe(({ data }) => {
    if (data?.products) stocks.push((data as ShelfData).products.edges[0]?.node.stock);
  });
  await expect.poll(() => stocks).toEqual([10]);
  const answer = await client.mutate({
    mutation: SELL,
    variables: { id, delta: -3 },
    // A guess that is off, so that what comes from where can be told apart.
    optimisticResponse: { adjustStock: { __typename: 'Product', id, name: 'a product', stock: 6 } as Product },
  });
  subscription.unsubscribe();
  expect(answer.data?.adjustStock.stock).toBe(7);
  expect(stocks).toEqual([10, 6, 7]);
  expect(sent()).toBe(2);
});

test('a refused mutation takes the optimistic change back, and tells its code', async () => {
  const { client } = createClient();
  const [, id = ''] = shelf.products;
  await client.query({ query: SHELF, variables: { tag: shelf.tag } });
  const optimisticResponse = { adjustStock: { __typename: 'Product', id, name: 'b product', stock: -90 } as Product };
  const refused = client.mutate({ mutation: SELL, variables: { id, delta: -100 }, optimisticResponse });
  const error: unknown = await refused.catch((thrown: unknown) => thrown);
  if (!CombinedGraphQLErrors.is(error)) throw error;
  expect(error.errors.map(({ extensions }) => extensions)).toMatchObject([{ code: 'OUT_OF_STOCK', stock: 10 }]);
  const { data } = await client.query({ query: SHELF, variables: { tag: shelf.tag } });
  expect(data?.products.edges[1]?.node.stock).toBe(10);
});
