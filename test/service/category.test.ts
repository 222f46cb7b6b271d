import { describe, expect, test } from 'vitest';
import { catalogueOf, contentsOf, dataOf, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { category } = operationsOf(service.admin);

const RECENT = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('creating a category', () => {
  test('makes an active root with a slug of its name', async () => {
    const before = new Date().toISOString();
    const { createCategory: kitchen } = dataOf(await category.create({ name: '  Кухня и дом ' }));
    expect(kitchen).toEqual({
      id: expect.stringMatching(/^[1-9]\d*$/),
      name: 'Кухня и дом',
      slug: 'kuhnya-i-dom',
      isActive: true,
      parentId: null,
      depth: 0,
      version: 1,
      createdAt: RECENT,
      updatedAt: kitchen.createdAt,
    });
    expect(kitchen.createdAt >= before && kitchen.createdAt <= new Date().toISOString()).toBe(true);
    expect(await category.read(kitchen.id)).toEqual(kitchen);
  });

  test('takes everything that is given', async () => {
    const garden = await given.category();
    const answer = await category.create({ name: 'Rakes', slug: 'all-rakes', parentId: garden.id, isActive: false });
    expect(dataOf(answer).createCategory).toMatchObject({
      name: 'Rakes',
      slug: 'all-rakes',
      parentId: garden.id,
      isActive: false,
      depth: 1,
    });
  });

  test('takes null for what has a default', async () => {
    const answer = await category.create({ name: 'Nullable', slug: null, parentId: null, isActive: null });
    expect(dataOf(answer).createCategory).toMatchObject({ slug: 'nullable', parentId: null, isActive: true });
  });

  test('allows a name once among siblings, and again elsewhere', async () => {
    const [shoes, hats] = [await given.category(), await given.category()];
    await given.category({ name: 'Red', parentId: shoes.id });
    await given.category({ name: 'Red', parentId: hats.id });
    const before = await contentsOf(service.admin);

    expect(await category.create({ name: 'Red', parentId: hats.id })).toFailWith({
      code: 'CONFLICT',
      path: ['createCategory'],
    });
    expect(await contentsOf(service.admin)).toEqual(before);
  });

  test('refuses a name that another root has', async () => {
    const root = await given.category();
    expect(await category.create({ name: root.name })).toFailWith({ code: 'CONFLICT', path: ['createCategory'] });
  });
});

describe('changing a category', () => {
  test('keeps what is left out', async () => {
    const parent = await given.category();
    const made = await given.category({ slug: 'lamps', parentId: parent.id, isActive: false });
    const before = await category.read(made.id);
    const { updateCategory: after } = dataOf(await category.update(made.id, { name: 'Lamps' }));
    expect(after).toEqual({ ...before, name: 'Lamps', version: 2, updatedAt: RECENT });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(await category.read(made.id)).toEqual(after);
  });

  test('makes a root of it where the parent is null', async () => {
    const parent = await given.category();
    const made = await given.category({ parentId: parent.id });
    const { updateCategory: after } = dataOf(await category.update(made.id, { parentId: null }));
    expect(after).toMatchObject({ parentId: null, depth: 0, version: 2 });
  });

  test.each(['name', 'slug', 'isActive'])('refuses null for %s', async (field) => {
    const made = await given.category();
    const before = await category.read(made.id);
    expect(await category.update(made.id, { [field]: null })).toFailWith({
      code: 'BAD_USER_INPUT',
      path: ['updateCategory'],
      fields: [`input.${field}`],
    });
    expect(await category.read(made.id)).toEqual(before);
  });

  test('counts no change where nothing changes', async () => {
    const parent = await given.category();
    const made = await given.category({ parentId: parent.id });
    const before = await category.read(made.id);
    const same = { name: made.name, slug: made.slug, parentId: parent.id, isActive: true };
    for (const input of [{}, same, { name: ` ${made.name} ` }]) {
      expect(dataOf(await category.update(made.id, input)).updateCategory).toEqual(before);
    }
    expect(await category.read(made.id)).toEqual(before);
  });

  test('does not follow a new name with the slug', async () => {
    const made = await given.category({ name: 'Old name' });
    expect(dataOf(await category.update(made.id, { name: 'New name' })).updateCategory).toMatchObject({
      name: 'New name',
      slug: 'old-name',
    });
  });

  test('refuses the slug of another category, and the name of a sibling', async () => {
    const [one, other] = [await given.category(), await given.category()];
    const before = await contentsOf(service.admin);
    for (const input of [{ slug: other.slug }, { name: other.name }]) {
      expect(await category.update(one.id, input)).toFailWith({ code: 'CONFLICT', path: ['updateCategory'] });
    }
    expect(await contentsOf(service.admin)).toEqual(before);
  });

  test('refuses a move among children that have its name', async () => {
    const parent = await given.category();
    await given.category({ name: 'Twin', parentId: parent.id });
    const made = await given.category({ name: 'Twin' });
    expect(await category.update(made.id, { parentId: parent.id })).toFailWith({
      code: 'CONFLICT',
      path: ['updateCategory'],
    });
    expect(await category.read(made.id)).toMatchObject({ parentId: null, version: 1 });
  });
});

describe('deleting a category', () => {
  test('answers it as it was last, and takes it off its products', async () => {
    const parent = await given.category({ name: 'Drinks' });
    const made = await given.category({ name: 'Teas', parentId: parent.id });
    const [green, black] = [
      await given.product({ name: 'Green tea', categoryId: made.id }),
      await given.product({ name: 'Black tea', categoryId: made.id, isActive: false }),
    ];
    const elsewhere = await given.product({ categoryId: parent.id });

    const answer = await category.delete(
      made.id,
      1,
      'id name depth parent { name } ancestors { name } productCount products { totalCount nodes { name category { name } } }',
    );
    expect(dataOf(answer).deleteCategory).toEqual({
      id: made.id,
      name: 'Teas',
      depth: 1,
      parent: { name: 'Drinks' },
      ancestors: [{ name: 'Drinks' }],
      productCount: 2,
      products: {
        totalCount: 2,
        nodes: [
          { name: 'Green tea', category: { name: 'Teas' } },
          { name: 'Black tea', category: { name: 'Teas' } },
        ],
      },
    });

    expect(await category.read(made.id)).toBeNull();
    const { product } = operationsOf(service.admin);
    for (const { id } of [green, black]) {
      const left = await product.read(id);
      expect(left).toMatchObject({ category: null, version: 2 });
      expect(left.updatedAt > left.createdAt).toBe(true);
    }
    expect(await product.read(elsewhere.id)).toMatchObject({ category: { id: parent.id }, version: 1 });
  });

  test('is refused while it has children', async () => {
    const parent = await given.category();
    const child = await given.category({ parentId: parent.id });
    const shelved = await given.product({ categoryId: parent.id });
    const before = await contentsOf(service.admin);

    expect(await category.delete(parent.id)).toFailWith({ code: 'CONFLICT', path: ['deleteCategory'] });
    expect(await contentsOf(service.admin)).toEqual(before);

    dataOf(await category.delete(child.id));
    dataOf(await category.delete(parent.id));
    expect(await operationsOf(service.admin).product.read(shelved.id)).toMatchObject({ category: null });
  });

  test('frees its name and slug, but not its id', async () => {
    const made = await given.category({ name: 'Once', slug: 'once' });
    dataOf(await category.delete(made.id));
    const again = await given.category({ name: 'Once', slug: 'once' });
    expect(Number(again.id)).toBeGreaterThan(Number(made.id));
  });

  test('answers NOT_FOUND the second time', async () => {
    const made = await given.category();
    dataOf(await category.delete(made.id));
    expect(await category.delete(made.id)).toFailWith({ code: 'NOT_FOUND', path: ['deleteCategory'] });
  });
});
