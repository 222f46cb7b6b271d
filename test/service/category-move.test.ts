import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { catalogueOf, contentsOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { category } = operationsOf(service.admin);

/** The categories 1 and 10 to 12, all of them roots. */
let oldest: Made, likeIt: Made[];

beforeAll(async () => {
  const first: Made[] = [];
  while (first.length < 12) first.push(await given.category());
  oldest = first[0] as Made;
  likeIt = first.slice(9);
});

/** home > kitchen > cups > mugs, home > kitchen > pots, and garden. */
let home: Made, kitchen: Made, cups: Made, mugs: Made, pots: Made, garden: Made;

beforeEach(async () => {
  home = await given.category();
  kitchen = await given.category({ parentId: home.id });
  cups = await given.category({ parentId: kitchen.id });
  mugs = await given.category({ parentId: cups.id });
  pots = await given.category({ parentId: kitchen.id });
  garden = await given.category();
});

const move = (made: Made, parentId: string | null) => category.update(made.id, { parentId });

async function ancestorsOf(made: Made): Promise<string[]> {
  const { ancestors, depth } = await category.read(made.id, 'depth ancestors { id }');
  expect(depth).toBe(ancestors.length);
  return ancestors.map(({ id }: Made) => id);
}

async function subtreeOf(made: Made): Promise<string[]> {
  const answer = await service.admin('query ($rootId: ID) { categoryTree(rootId: $rootId) { id } }', {
    rootId: made.id,
  });
  return dataOf(answer).categoryTree.map(({ id }: Made) => id);
}

test('takes the whole subtree along', async () => {
  const cup = await given.product({ categoryId: mugs.id });
  expect(dataOf(await move(kitchen, garden.id)).updateCategory).toMatchObject({
    parentId: garden.id,
    depth: 1,
    version: 2,
  });

  expect(await ancestorsOf(kitchen)).toEqual([garden.id]);
  expect(await ancestorsOf(cups)).toEqual([garden.id, kitchen.id]);
  expect(await ancestorsOf(mugs)).toEqual([garden.id, kitchen.id, cups.id]);
  expect(await ancestorsOf(pots)).toEqual([garden.id, kitchen.id]);
  expect(await subtreeOf(home)).toEqual([home.id]);
  expect(await subtreeOf(garden)).toEqual([garden.id, kitchen.id, cups.id, mugs.id, pots.id]);

  const inGarden = await service.admin('query ($id: ID) { products(filter: { categoryId: $id }) { nodes { id } } }', {
    id: garden.id,
  });
  expect(dataOf(inGarden).products.nodes).toEqual([{ id: cup.id }]);
  expect(await category.read(home.id, 'productCount')).toEqual({ productCount: 0 });
});

test('makes a root of a subtree, and brings it back', async () => {
  dataOf(await move(cups, null));
  expect(await ancestorsOf(cups)).toEqual([]);
  expect(await ancestorsOf(mugs)).toEqual([cups.id]);
  dataOf(await move(cups, pots.id));
  expect(await ancestorsOf(mugs)).toEqual([home.id, kitchen.id, pots.id, cups.id]);
});

test('counts a change of what moves, and not of what comes along', async () => {
  dataOf(await move(kitchen, garden.id));
  expect(await category.read(kitchen.id)).toMatchObject({ version: 2 });
  expect(await category.read(mugs.id)).toMatchObject({ version: 1 });
});

test('what came along can be changed, moved and deleted afterwards', async () => {
  dataOf(await move(kitchen, garden.id));
  expect(dataOf(await category.update(cups.id, { name: `New ${cups.name}` }, 1)).updateCategory.version).toBe(2);
  dataOf(await move(mugs, home.id));
  expect(await ancestorsOf(mugs)).toEqual([home.id]);
  expect(dataOf(await category.delete(cups.id, 2)).deleteCategory.depth).toBe(2);
});

test('leaves alone whose id begins with the same digit', async () => {
  expect([oldest.id, ...likeIt.map(({ id }) => id)]).toEqual(['1', '10', '11', '12']);
  const below = await Promise.all(likeIt.map(({ id }) => given.category({ parentId: id })));
  const child = await given.category({ parentId: oldest.id });
  dataOf(await move(oldest, garden.id));
  expect(await ancestorsOf(child)).toEqual([garden.id, oldest.id]);
  expect(await Promise.all(below.map(ancestorsOf))).toEqual([['10'], ['11'], ['12']]);
});

describe('is refused', () => {
  test.each<[string, () => Made]>([
    ['itself', () => kitchen],
    ['its child', () => cups],
    ['what is below its child', () => mugs],
  ])('below %s', async (_, target) => {
    const before = await contentsOf(service.admin);
    expect(await move(kitchen, target().id)).toFailWith({ code: 'CONFLICT', path: ['updateCategory'] });
    expect(await contentsOf(service.admin)).toEqual(before);
  });

  test('together with everything else of the change', async () => {
    const before = await contentsOf(service.admin);
    const answer = await category.update(kitchen.id, { name: 'Lost', isActive: false, parentId: mugs.id });
    expect(answer).toFailWith({ code: 'CONFLICT', path: ['updateCategory'] });
    expect(await contentsOf(service.admin)).toEqual(before);
  });

  test.each(['2147483647', 'abc', '-1', '1e3', '9'.repeat(30)])('below %s, which is not there', async (parentId) => {
    const before = await contentsOf(service.admin);
    const answer = await move(kitchen, parentId);
    expect(answer).toFailWith({ code: 'NOT_FOUND', path: ['updateCategory'] });
    expect(answer.errors?.[0]?.message).toBe(`Category "${parentId}" was not found.`);
    expect(await contentsOf(service.admin)).toEqual(before);
  });
});
