// The operations that the workloads send.

import { fingerprintOf } from '../dist/src/shared/cursor.js';

const FIELDS = 'id name slug priceShmeckles priceFlurbos stock category { id name } tags { id name }';

const QUERIES = {
  page: `query Page($first: Int, $after: String) { products(first: $first, after: $after) { nodes { ${FIELDS} } } }`,
  search: `query Search($filter: ProductFilter) { products(filter: $filter, orderBy: { field: PRICE_SHMECKLES }, first: 20) { nodes { ${FIELDS} } } }`,
  detail: `query Detail($id: ID!) { product(id: $id) { ${FIELDS} description imageUrl rating isActive } }`,
  tree: 'query Tree { categoryTree { id name parentId productCount(includeDescendants: false) } }',
  create: `mutation Create($input: CreateProductInput!) { createProduct(input: $input) { ${FIELDS} } }`,
  update: `mutation Update($id: ID!, $priceShmeckles: Money!) { updateProduct(id: $id, input: { priceShmeckles: $priceShmeckles }) { id priceShmeckles } }`,
};

/** A cursor of the list in the order of ids, behind one of them. */
const cursorBehind = (id) => `${fingerprintOf(['Product', null, null])}.${id}`;

/**
 * A workload's operation with the parameters that the load harness has for it; undefined for w4, a page by offset, which
 * the API does not have: w4k is the same page. The ids run without a gap, so an offset is the id behind which a page begins.
 * @returns {[query: string, variables?: object] | undefined}
 */
export function operationOf(workload, params) {
  switch (workload) {
    case 'w1':
    case 'w4k': {
      const after = params.after ?? params.offset;
      return [QUERIES.page, { first: 20, after: after === 0 ? undefined : cursorBehind(after) }];
    }
    case 'w2': {
      const { name, categoryId, tagId, min, max } = params;
      const filter = {
        nameContains: name,
        categoryId,
        includeDescendants: false,
        tagIds: [tagId],
        priceShmeckles: { min, max },
      };
      return [QUERIES.search, { filter }];
    }
    case 'w3':
      return [QUERIES.detail, params];
    case 'w5':
      return [QUERIES.tree, undefined];
    case 'create':
      return [QUERIES.create, { input: params }];
    case 'update':
      return [QUERIES.update, params];
    default:
      return undefined;
  }
}
