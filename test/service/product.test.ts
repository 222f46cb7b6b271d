import { describe, expect, test } from 'vitest';
import { catalogueOf, contentsOf, dataOf, FIELDS, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { product } = operationsOf(service.admin);

const PRICES = { priceShmeckles: '250.50', priceFlurbos: 9.5 };

describe('creating a product', () => {
  test('needs a name and two prices only', async () => {
    const { createProduct: plumbus } = dataOf(await product.create({ name: ' Plumbus ', ...PRICES }));
    expect(plumbus).toEqual({
      id: expect.stringMatching(/^[1-9]\d*$/),
      name: 'Plumbus',
      slug: 'plumbus',
      description: null,
      imageUrl: null,
      priceShmeckles: '250.50',
      priceFlurbos: '9.50',
      stock: 0,
      rating: null,
      isActive: true,
      category: null,
      tags: [],
      version: 1,
      createdAt: expect.any(String),
      updatedAt: plumbus.createdAt,
    });
    expect(await product.read(plumbus.id)).toEqual(plumbus);
  });

  test('takes everything that is given', async () => {
    const shelf = await given.category();
    const [b, a] = [await given.tag({ name: 'b' }), await given.tag({ name: 'A' })];
    const { createProduct: gun } = dataOf(
      await product.create({
        name: 'Portal gun',
        slug: 'gun',
        description: 'Opens doors.\n\tTo anywhere 🌀',
        imageUrl: 'https://example.com/gun.png?size=2',
        priceShmeckles: '9999999999.99',
        priceFlurbos: 0,
        stock: 2_147_483_647,
        rating: 4.75,
        isActive: false,
        categoryId: shelf.id,
        tagIds: [b.id, a.id, b.id],
      }),
    );
    expect(gun).toMatchObject({
      slug: 'gun',
      description: 'Opens doors.\n\tTo anywhere 🌀',
      imageUrl: 'https://example.com/gun.png?size=2',
      priceShmeckles: '9999999999.99',
      priceFlurbos: '0.00',
      stock: 2_147_483_647,
      rating: 4.75,
      isActive: false,
      category: { id: shelf.id },
      tags: [{ id: a.id }, { id: b.id }],
    });
  });

  test('takes null for what may be empty or has a default', async () => {
    const nothing = ['slug', 'description', 'imageUrl', 'stock', 'rating', 'isActive', 'categoryId', 'tagIds'];
    const input = Object.fromEntries(nothing.map((field) => [field, null]));
    expect(dataOf(await product.create({ name: 'Nothing', ...PRICES, ...input })).createProduct).toMatchObject({
      slug: 'nothing',
      description: null,
      stock: 0,
      rating: null,
      isActive: true,
      category: null,
      tags: [],
    });
  });

  test('answers the price in the currency that is asked for', async () => {
    const answer = await product.create(
      { name: 'Fleeb', ...PRICES },
      's: price(currency: SHMECKLES) f: price(currency: FLURBOS)',
    );
    expect(dataOf(answer).createProduct).toEqual({ s: '250.50', f: '9.50' });
  });

  test('may have the name of another one', async () => {
    const one = await given.product({ name: 'Twin' });
    const other = await given.product({ name: 'Twin' });
    expect([one.slug, other.slug]).toEqual(['twin', 'twin-2']);
  });
});

describe('changing a product', () => {
  const full = async () => {
    const [shelf, label] = [await given.category(), await given.tag()];
    return given.product({
      description: 'old',
      imageUrl: 'https://example.com/old.png',
      rating: 3,
      stock: 7,
      categoryId: shelf.id,
      tagIds: [label.id],
    });
  };

  test.each<[string, unknown, unknown?]>([
    ['name', 'New name'],
    ['slug', 'new-slug'],
    ['description', 'new'],
    ['imageUrl', 'http://example.com/new.png'],
    ['priceShmeckles', 5, '5.00'],
    ['priceFlurbos', '0.01'],
    ['stock', 0],
    ['rating', 0],
    ['isActive', false],
  ])('%s alone keeps everything else', async (field, value, answered = value) => {
    const made = await full();
    const before = await product.read(made.id);
    const { updateProduct: after } = dataOf(await product.update(made.id, { [field]: value }));
    expect(after).toEqual({ ...before, [field]: answered, version: 2, updatedAt: expect.any(String) });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(await product.read(made.id)).toEqual(after);
  });

  test.each([
    ['description', null],
    ['imageUrl', null],
    ['rating', null],
    ['categoryId', null],
    ['tagIds', []],
  ])('null clears %s', async (field, empty) => {
    const made = await full();
    const shown = field.replace('Id', '');
    const before = await product.read(made.id);
    const { updateProduct: after } = dataOf(await product.update(made.id, { [field]: null }));
    const cleared = { ...before, [shown.startsWith('tag') ? 'tags' : shown]: empty };
    expect(after).toEqual({ ...cleared, version: 2, updatedAt: expect.any(String) });
  });

  test.each(['name', 'slug', 'priceShmeckles', 'priceFlurbos', 'stock', 'isActive'])(
    'refuses null for %s',
    async (field) => {
      const made = await full();
      const before = await product.read(made.id);
      expect(await product.update(made.id, { [field]: null })).toFailWith({
        code: 'BAD_USER_INPUT',
        path: ['updateProduct'],
        fields: [`input.${field}`],
      });
      expect(await product.read(made.id)).toEqual(before);
    },
  );

  test('moves it to another category', async () => {
    const made = await full();
    const other = await given.category();
    expect(dataOf(await product.update(made.id, { categoryId: other.id })).updateProduct).toMatchObject({
      category: { id: other.id },
      version: 2,
    });
  });

  test('replaces its tags, which counts as one change', async () => {
    const [a, b, c] = [await given.tag(), await given.tag(), await given.tag()];
    const made = await given.product({ tagIds: [a.id, b.id] });
    const before = await product.read(made.id);
    const { updateProduct: after } = dataOf(await product.update(made.id, { tagIds: [c.id, b.id] }));
    expect(after).toEqual({
      ...before,
      tags: [{ id: b.id }, { id: c.id }],
      version: 2,
      updatedAt: expect.any(String),
    });
    expect(after.updatedAt > before.updatedAt).toBe(true);
    expect(dataOf(await product.update(made.id, { tagIds: [a.id], name: 'With a name' })).updateProduct.version).toBe(
      3,
    );
  });

  test('counts no change where nothing changes', async () => {
    const made = await full();
    const before = await product.read(made.id);
    const { id: _, category, tags, version: __, createdAt: ___, updatedAt: ____, ...own } = before;
    const links = { categoryId: category.id, tagIds: tags.map((tag: { id: string }) => tag.id) };
    for (const input of [{}, own, links, { ...own, ...links }]) {
      expect(dataOf(await product.update(made.id, input)).updateProduct).toEqual(before);
    }
    expect(await product.read(made.id)).toEqual(before);
  });

  test('sorts and filters by the new rating', async () => {
    const made = await given.product({ rating: 1 });
    await product.update(made.id, { rating: null });
    const rated = await given.product({ rating: 0 });
    const { products } = dataOf(
      await service.admin(
        'query ($ids: [ID!]) { products(filter: { ids: $ids }, orderBy: { field: RATING }) { nodes { id } } }',
        { ids: [rated.id, made.id] },
      ),
    );
    expect(products.nodes).toEqual([{ id: made.id }, { id: rated.id }]);
  });

  test('refuses the slug of another one', async () => {
    const [one, other] = [await given.product(), await given.product()];
    const before = await contentsOf(service.admin);
    expect(await product.update(one.id, { name: 'Lost', slug: other.slug })).toFailWith({
      code: 'CONFLICT',
      path: ['updateProduct'],
    });
    expect(await contentsOf(service.admin)).toEqual(before);
  });
});

describe('deleting a product', () => {
  test('answers it as it was last, and takes its links along', async () => {
    const [shelf, label] = [await given.category({ name: 'Shelf' }), await given.tag({ name: 'Label' })];
    const made = await given.product({ categoryId: shelf.id, tagIds: [label.id], rating: 2.5 });
    const before = await product.read(made.id);

    const answer = await product.delete(made.id, 1, `${FIELDS.Product} shelf: category { name productCount }`);
    expect(dataOf(answer).deleteProduct).toEqual({ ...before, shelf: { name: 'Shelf', productCount: 1 } });

    expect(await product.read(made.id)).toBeNull();
    const { tag, category } = operationsOf(service.admin);
    expect(await tag.read(label.id, 'version productCount')).toEqual({ version: 1, productCount: 0 });
    expect(await category.read(shelf.id, 'version productCount')).toEqual({ version: 1, productCount: 0 });
  });

  test('answers NOT_FOUND the second time', async () => {
    const made = await given.product();
    dataOf(await product.delete(made.id));
    expect(await product.delete(made.id)).toFailWith({ code: 'NOT_FOUND', path: ['deleteProduct'] });
  });
});
