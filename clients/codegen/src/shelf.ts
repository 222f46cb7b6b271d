import { graphql } from './gql/gql';
import type { TypedDocumentString } from './gql/graphql';

export const shelf = graphql(`
  query Shelf($filter: ProductFilter, $after: String) {
    products(filter: $filter, orderBy: { field: NAME }, first: 2, after: $after) {
      nodes {
        id
        name
        priceShmeckles
        rating
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** Sends an operation with the variables that it names, and answers what it selects. */
export async function ask<Result, Variables>(
  url: string,
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await response.json()) as { data: Result; errors?: { message: string }[] };
  if (errors?.[0]) throw new Error(errors[0].message);
  return data;
}

/** Names and prices of a page. */
export async function listPrices(url: string, tag: string): Promise<[name: string, price: string][]> {
  const { products } = await ask(url, shelf, { filter: { tagIds: [tag] } });
  return products.nodes.map(({ name, priceShmeckles }) => [name, priceShmeckles]);
}

/** Fails to compile where the generated types let something pass that the schema doesn't. */
export async function refusedByTypes(url: string): Promise<void> {
  // @ts-expect-error -- a filter of another list
  await ask(url, shelf, { filter: { roots: true } });
  const { products } = await ask(url, shelf, {});
  // @ts-expect-error -- an amount of money is text
  products.nodes[0]?.priceShmeckles.toFixed(2);
  // @ts-expect-error -- null where nobody has rated it
  products.nodes[0]?.rating.toFixed(2);
  // @ts-expect-error -- it was not selected
  String(products.nodes[0]?.stock);
}
