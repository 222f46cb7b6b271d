import {
  commitMutation,
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getSingularSelector,
  type GraphQLResponse,
  graphql,
  Network,
  RecordSource,
  Store,
} from 'relay-runtime';
import type { shelf_products$data, shelf_products$key } from './__generated__/shelf_products.graphql';
import shelfFragment from './__generated__/shelf_products.graphql';
import shelfMutation, { type shelfMutation as ShelfMutation } from './__generated__/shelfMutation.graphql';
import shelfPaginationQuery, {
  type shelfPaginationQuery as ShelfPaginationQuery,
} from './__generated__/shelfPaginationQuery.graphql';
import shelfQuery, { type shelfQuery as ShelfQuery } from './__generated__/shelfQuery.graphql';
import type { RelayShelf } from './relay-shelf';

// The compiler reads these; its Babel plugin would put what it generates in their place, as the imports above do.
export const documents = () => [
  graphql`
    query shelfQuery($tag: ID!) {
      ...shelf_products @arguments(tag: $tag)
    }
  `,
  graphql`
    fragment shelf_products on Query
    @argumentDefinitions(tag: { type: "ID!" }, count: { type: "Int", defaultValue: 2 }, cursor: { type: "String" })
    @refetchable(queryName: "shelfPaginationQuery") {
      products(filter: { tagIds: [$tag] }, orderBy: { field: NAME }, first: $count, after: $cursor)
        @connection(key: "shelf_products") {
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
  `,
  graphql`
    mutation shelfMutation($id: ID!, $delta: Int!) {
      adjustStock(productId: $id, delta: $delta) {
        id
        stock
      }
    }
  `,
];

export function openShelf(url: string, accessToken: string, tag: string): RelayShelf {
  const environment = createEnvironment(url, accessToken);
  const read = () => readShelf(environment, tag);
  return {
    shown: () => (read().products.edges ?? []).map(({ node }) => [node.name, node.stock]),
    hasMore: () => read().products.pageInfo.hasNextPage,
    async loadFirst() {
      await fetchQuery<ShelfQuery>(environment, shelfQuery, { tag }).toPromise();
      // As long as a component is on the screen, the store keeps what it shows.
      environment.retain(createOperationDescriptor(shelfQuery, { tag }));
    },
    async loadMore() {
      const cursor = read().products.pageInfo.endCursor;
      await fetchQuery<ShelfPaginationQuery>(environment, shelfPaginationQuery, { tag, count: 2, cursor }).toPromise();
    },
    sell: (id, count) =>
      new Promise((resolve, reject) => {
        commitMutation<ShelfMutation>(environment, {
          mutation: shelfMutation,
          variables: { id, delta: -count },
          onCompleted: (_, errors) => (errors?.[0] ? reject(new Error(errors[0].message)) : resolve()),
          onError: reject,
        });
      }),
  };
}

function createEnvironment(url: string, accessToken: string): Environment {
  const network = Network.create(async ({ text }, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ query: text, variables }),
    });
    return (await response.json()) as GraphQLResponse;
  });
  return new Environment({ network, store: new Store(new RecordSource()) });
}

function readShelf(environment: Environment, tag: string): shelf_products$data {
  const operation = createOperationDescriptor(shelfQuery, { tag });
  const root = environment.lookup(operation.fragment).data as unknown as shelf_products$key;
  const selector = getSingularSelector(shelfFragment, root);
  if (!selector) throw new Error('The query has no such fragment.');
  return environment.lookup(selector).data as unknown as shelf_products$data;
}
