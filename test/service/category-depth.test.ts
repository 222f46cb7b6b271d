import { beforeAll, expect, test } from 'vitest';
import { catalogueOf, contentsOf, dataOf, type Made, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { category } = operationsOf(service.admin);

/** A tree of 50 levels, as deep as one may be. */
const levels: Made[] = [];
beforeAll(async () => {
  while (levels.length < 50) levels.push(await given.category({ parentId: levels.at(-1)?.id }));
});
const level = (number: number) => levels[number] as Made;

const TOO_DEEP = { code: 'BAD_USER_INPUT', fields: ['input.parentId'] };

test('a tree may have 50 levels', async () => {
  const { depth, ancestors } = await category.read(level(49).id, 'depth ancestors { id }');
  expect(depth).toBe(49);
  expect(ancestors.map(({ id }: Made) => id)).toEqual(levels.slice(0, 49).map(({ id }) => id));
  const { categoryTree } = dataOf(await service.anonymous(`{ categoryTree(rootId: ${level(0).id}) { id } }`));
  expect(categoryTree.map(({ id }: Made) => id)).toEqual(levels.map(({ id }) => id));
});

test('there is no level below', async () => {
  const before = await contentsOf(service.admin);
  const answer = await category.create({ name: 'Too deep', parentId: level(49).id });
  expect(answer).toFailWith({ ...TOO_DEEP, path: ['createCategory'] });
  expect(await contentsOf(service.admin)).toEqual(before);
});

test('a move may not make one either', async () => {
  const root = await given.category();
  const child = await given.category({ parentId: root.id });
  const before = await contentsOf(service.admin);
  expect(await category.update(child.id, { parentId: level(49).id })).toFailWith({
    ...TOO_DEEP,
    path: ['updateCategory'],
  });
  expect(await category.update(root.id, { parentId: level(48).id })).toFailWith({
    ...TOO_DEEP,
    path: ['updateCategory'],
  });
  expect(await contentsOf(service.admin)).toEqual(before);

  dataOf(await category.update(root.id, { parentId: level(47).id }));
  expect(await category.read(child.id)).toMatchObject({ depth: 49 });
});

test('what stands on the last level can be renamed and hidden', async () => {
  expect(dataOf(await category.update(level(49).id, { name: 'Bottom', isActive: false })).updateCategory).toMatchObject(
    {
      name: 'Bottom',
      isActive: false,
      depth: 49,
    },
  );
});
