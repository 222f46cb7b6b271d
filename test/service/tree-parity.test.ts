import { beforeAll, expect, test } from 'vitest';
import { dataOf } from '../support/catalogue.js';
import { type Model, treeFieldsOf, treeOf } from '../support/list-model.js';
import { makeWorld } from '../support/list-world.js';
import { useService } from '../support/service.js';

const service = useService({ SORTED_ROWS_MAX: '5' });

let world: Model;
beforeAll(async () => {
  world = await makeWorld(service.admin);
});

const FIELDS = `id name depth parent { id } ancestors { id } children { id }
  own: productCount(includeDescendants: false) all: productCount products { totalCount nodes { id } }`;

test.each(['staff', 'everybody'])('the tree as %s sees it, from every root and to every depth', async (who) => {
  const isStaff = who === 'staff';
  const client = isStaff ? service.admin : service.anonymous;
  const query = `query ($rootId: ID, $maxDepth: Int) { categoryTree(rootId: $rootId, maxDepth: $maxDepth) { ${FIELDS} } }`;
  for (const rootId of [undefined, ...world.categories.map(({ id }) => id), 99_999]) {
    for (const maxDepth of [undefined, 1, 2, 3]) {
      const { categoryTree } = dataOf(await client(query, { rootId, maxDepth }));
      const expected = treeOf(world, isStaff, rootId, maxDepth).map((id) => {
        const category = world.categories.find((candidate) => String(candidate.id) === id);
        return category && treeFieldsOf(world, category, isStaff);
      });
      expect(categoryTree, JSON.stringify({ rootId, maxDepth })).toEqual(expected);
    }
  }
});

test.each(['ID', 'NAME', 'PRICE_SHMECKLES', 'RATING'])(
  'products of a subtree by %s are those of the filter',
  async (field) => {
    const query = `query ($id: ID!, $orderBy: ProductOrder, $own: Boolean, $after: String) {
    category(id: $id) { products(first: 3, after: $after, orderBy: $orderBy, filter: { includeDescendants: $own, stock: { min: 0 } }) { nodes { id } pageInfo { endCursor hasNextPage } } }
    products(first: 100, orderBy: $orderBy, filter: { categoryId: $id, includeDescendants: $own }) { nodes { id } }
  }`;
    for (const client of [service.admin, service.anonymous]) {
      for (const { id } of world.categories) {
        for (const own of [true, false]) {
          const found: unknown[] = [];
          let expected: unknown;
          for (let after: string | null = null; ;) {
            const variables = { id: String(id), orderBy: { field, direction: 'DESC' }, own, after };
            const data = dataOf(await client(query, variables));
            expected = data.category ? data.products.nodes : [];
            found.push(...(data.category?.products.nodes ?? []));
            if (!data.category?.products.pageInfo.hasNextPage) break;
            after = data.category.products.pageInfo.endCursor;
          }
          expect(found).toEqual(expected);
        }
      }
    }
  },
);
