import { describe, expect, test } from 'vitest';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);

test('an input that breaks rules tells nothing to who has not signed in', async () => {
  const answer = await operationsOf(service.anonymous).product.update('1', { name: '' }, 99);
  expect(answer).toFailWith({ code: 'UNAUTHENTICATED', path: ['updateProduct'] });
});

test.each(['Bearer wrong', 'Bearer', 'Basic dXNlcjpwYXNz', 'nonsense', 'Bearer a b'])(
  'a query with the header "%s" is refused, too',
  async (authorization) => {
    const response = await fetch(service.server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify({ query: '{ tags { totalCount } }' }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  },
);

describe('what is not active', () => {
  test('is there for staff alone, by id and by slug', async () => {
    const hidden = await given.product({ isActive: false });
    const query = 'query ($id: ID, $slug: String) { a: product(id: $id) { id } b: product(slug: $slug) { id } }';
    expect(dataOf(await service.anonymous(query, hidden as never))).toEqual({ a: null, b: null });
    expect(dataOf(await service.admin(query, hidden as never))).toEqual({ a: { id: hidden.id }, b: { id: hidden.id } });
  });

  test.each([true, false, null])('is in lists for staff alone, whatever isActive: %s asks for', async (isActive) => {
    const label = await given.tag();
    const shelf = await given.category();
    const shown = await given.product({ tagIds: [label.id] });
    const hidden = await given.product({ tagIds: [label.id], isActive: false });
    const open = await given.category({ parentId: shelf.id });
    const closed = await given.category({ parentId: shelf.id, isActive: false });
    const query = `query ($label: ID!, $shelf: ID, $isActive: Boolean) {
      products(filter: { tagIds: [$label], isActive: $isActive }) { totalCount nodes { id } }
      categories(filter: { parentId: $shelf, isActive: $isActive }) { totalCount nodes { id } }
      tag(id: $label) { productCount products(filter: { isActive: $isActive }) { totalCount } }
    }`;
    const variables = { label: label.id, shelf: shelf.id, isActive };
    const list = (...entries: { id: string }[]) => ({
      totalCount: entries.length,
      nodes: entries.map(({ id }) => ({ id })),
    });

    expect(dataOf(await service.anonymous(query, variables))).toEqual({
      products: list(shown),
      categories: list(open),
      tag: { productCount: 1, products: { totalCount: 1 } },
    });
    const asked = (active: { id: string }, inactive: { id: string }) =>
      isActive === null ? list(active, inactive) : list(isActive ? active : inactive);
    expect(dataOf(await service.admin(query, variables))).toEqual({
      products: asked(shown, hidden),
      categories: asked(open, closed),
      tag: { productCount: 2, products: { totalCount: isActive === null ? 2 : 1 } },
    });
  });
});
