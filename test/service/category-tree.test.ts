import { describe, expect, test } from 'vitest';
import { catalogueOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { category } = operationsOf(service.admin);

/** A chain of categories, each below the one before. */
async function chain(names: readonly string[], parentId?: string): Promise<Made[]> {
  const made: Made[] = [];
  for (const name of names) made.push(await given.category({ name, parentId: made.at(-1)?.id ?? parentId }));
  return made;
}

/** The names of the tree in its order, each with its depth. */
async function tree(variables: { rootId?: string | null; maxDepth?: number | null } = {}) {
  const answer = await service.anonymous(
    'query ($rootId: ID, $maxDepth: Int) { categoryTree(rootId: $rootId, maxDepth: $maxDepth) { name depth } }',
    variables,
  );
  const { categoryTree } = dataOf(answer) as { categoryTree: { name: string; depth: number }[] };
  return categoryTree.map(({ name, depth }) => `${depth} ${name}`);
}

describe('a category knows', () => {
  test('what is above it, from the root down', async () => {
    const [a, b, c] = await chain(['Above', 'Middle', 'Below']);
    const fields = 'depth parentId parent { name } ancestors { name depth }';
    expect(await category.read(a?.id ?? '', fields)).toEqual({ depth: 0, parentId: null, parent: null, ancestors: [] });
    expect(await category.read(c?.id ?? '', fields)).toEqual({
      depth: 2,
      parentId: b?.id,
      parent: { name: 'Middle' },
      ancestors: [
        { name: 'Above', depth: 0 },
        { name: 'Middle', depth: 1 },
      ],
    });
  });

  test('its children by name without case, and not what is below them', async () => {
    const parent = await given.category();
    const names = ['banana', 'Apple', 'яблоко', 'Cherry', 'Ягода', 'apple pie', 'APPLE'];
    for (const name of names) await given.category({ name, parentId: parent.id });
    const children = await category.read(parent.id, 'children { name children { name } }');
    await given.category({ name: 'aaa', parentId: (await category.read(parent.id, 'children { id }')).children[0].id });

    const { children: after } = await category.read(parent.id, 'children { name }');
    expect(after.map(({ name }: Made) => name)).toEqual([
      'Apple',
      'APPLE',
      'apple pie',
      'banana',
      'Cherry',
      'яблоко',
      'Ягода',
    ]);
    expect(children.children[0]).toEqual({ name: 'Apple', children: [] });
  });

  test('how many products are in it, with and without what is below', async () => {
    const [top, middle, bottom] = await chain(['Top', 'Half-way', 'Bottom']);
    for (const [at, count] of [
      [top, 1],
      [middle, 2],
      [bottom, 3],
    ] as const)
      for (let made = 0; made < count; made += 1) await given.product({ categoryId: at?.id });
    await given.product({ categoryId: bottom?.id, isActive: false });

    const counts = '{ all: productCount own: productCount(includeDescendants: false) products { totalCount } }';
    const listed = '{ own: products(filter: { includeDescendants: false }) { totalCount } }';
    const query = `query ($id: ID) { counts: category(id: $id) ${counts} listed: category(id: $id) ${listed} }`;
    const read = async (client: typeof service.admin, id: string | undefined) => dataOf(await client(query, { id }));
    expect(await read(service.anonymous, top?.id)).toEqual({
      counts: { all: 6, own: 1, products: { totalCount: 6 } },
      listed: { own: { totalCount: 1 } },
    });
    expect(await read(service.anonymous, bottom?.id)).toMatchObject({ counts: { all: 3, own: 3 } });
    expect(await read(service.admin, top?.id)).toMatchObject({ counts: { all: 7, own: 1 } });
    expect(await read(service.admin, bottom?.id)).toMatchObject({ counts: { all: 4, own: 4 } });
  });
});

describe('the tree', () => {
  test('comes in its order: each category behind its parent, siblings by name without case', async () => {
    const root = await given.category({ name: 'Ordered' });
    const below = (parent: Made, name: string) => given.category({ name, parentId: parent.id });
    const b = await below(root, 'b');
    const aa = await below(root, 'A a');
    const a = await below(root, 'a');
    await below(root, 'a!');
    await below(root, 'Б');
    await below(root, '😀');
    await below(root, '\uFF5E');
    await below(a, 'z');
    await below(aa, 'B');
    await below(b, 'Ä');
    const az = await below(b, 'az');
    await below(az, '1');
    await below(b, 'C');

    expect(await tree({ rootId: root.id })).toEqual([
      '0 Ordered',
      '1 a',
      '2 z',
      '1 A a',
      '2 B',
      '1 a!',
      '1 b',
      '2 az',
      '3 1',
      '2 C',
      '2 Ä',
      // NFKC makes an ordinary tilde of it, which stands behind the letters of ASCII.
      '1 \uFF5E',
      '1 Б',
      '1 😀',
    ]);
  });

  test('holds every root and what is below, once', async () => {
    const [first, second] = await chain(['Whole', 'Part']);
    const whole = await tree();
    expect(new Set(whole).size).toBe(whole.length);
    expect(whole.filter((line) => line === '0 Whole' || line === '1 Part')).toEqual(['0 Whole', '1 Part']);
    expect(await tree({ rootId: first?.id })).toEqual(['0 Whole', '1 Part']);
    expect(await tree({ rootId: second?.id })).toEqual(['1 Part']);
    expect(await tree({ rootId: null, maxDepth: null })).toEqual(whole);
  });

  test('ends at maxDepth, the top included', async () => {
    const [one, two] = await chain(['One', 'Two', 'Three', 'Four']);
    const top = (rootId: string | undefined, maxDepth: number) => tree({ rootId, maxDepth });
    expect(await top(one?.id, 1)).toEqual(['0 One']);
    expect(await top(one?.id, 2)).toEqual(['0 One', '1 Two']);
    expect(await top(two?.id, 2)).toEqual(['1 Two', '2 Three']);
    expect(await top(one?.id, 2_147_483_647)).toEqual(['0 One', '1 Two', '2 Three', '3 Four']);
    expect((await tree({ maxDepth: 1 })).filter((line) => !line.startsWith('0'))).toEqual([]);
  });

  test.each([0, -1, -2_147_483_648])('has no maxDepth of %d', async (maxDepth) => {
    const answer = await service.anonymous('query ($maxDepth: Int) { categoryTree(maxDepth: $maxDepth) { id } }', {
      maxDepth,
    });
    expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: ['categoryTree'], fields: ['maxDepth'] });
    const literal = await service.anonymous(`{ categoryTree(maxDepth: ${maxDepth}) { id } }`);
    expect(literal).toFailWith({ code: 'BAD_USER_INPUT', path: ['categoryTree'], fields: ['maxDepth'] });
  });

  test.each(['2147483647', 'abc', '-1', '1e3', '9'.repeat(30), ''])('is empty below the root %j', async (rootId) => {
    expect(await tree({ rootId })).toEqual([]);
  });

  test('answers all fields of its categories', async () => {
    const [top, low] = await chain(['Answers', 'Fields']);
    await given.product({ name: 'Answer', categoryId: low?.id });
    const answer = await service.anonymous(
      `query ($rootId: ID) { categoryTree(rootId: $rootId) {
        name productCount parent { name } children { name } ancestors { name } products(first: 1) { nodes { name } }
      } }`,
      { rootId: top?.id },
    );
    const products = { nodes: [{ name: 'Answer' }] };
    expect(dataOf(answer).categoryTree).toEqual([
      { name: 'Answers', productCount: 1, parent: null, children: [{ name: 'Fields' }], ancestors: [], products },
      {
        name: 'Fields',
        productCount: 1,
        parent: { name: 'Answers' },
        children: [],
        ancestors: [{ name: 'Answers' }],
        products,
      },
    ]);
  });
});
