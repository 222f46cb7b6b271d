import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Category } from '../../src/category/category.entity.js';
import { createCategory } from '../../src/category/category.writes.js';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import { Product } from '../../src/product/product.entity.js';
import { createProduct } from '../../src/product/product.writes.js';
import { createTag } from '../../src/tag/tag.writes.js';
import { User } from '../../src/user/user.entity.js';
import { checkLinkCategories } from '../../src/derived/link-categories.js';
import { testConfig } from '../support/service.js';
import { countsOf, dummyProduct, jsonLines, openWorld, sourceOf, useWorld } from '../support/transfer.js';

const world = useWorld();

const productsFile = (...products: object[]) => JSON.stringify(products.map(dummyProduct), null, 1);

const product = (slug: string, fields: object = {}) => ({
  type: 'product',
  slug,
  name: slug,
  priceShmeckles: '1.00',
  priceFlurbos: '2.00',
  ...fields,
});
const category = (slug: string, fields: object = {}) => ({ type: 'category', slug, name: slug, ...fields });
const tag = (slug: string, fields: object = {}) => ({ type: 'tag', slug, name: slug, ...fields });
const user = (slug: string, fields: object = {}) => ({
  type: 'user',
  slug,
  username: slug,
  firstName: 'Ada',
  lastName: 'Byron',
  ...fields,
});

test('imports products with what they name, and a second run changes nothing', async () => {
  const file = productsFile({}, { tags: ['LAMP', 'blue'], category: 'garden' });
  const first = await world().import(file, { rate: '1.25' });
  expect(first.refusals).toEqual([]);
  expect(countsOf(first.summary.counts.product)).toEqual([2, 2, 0, 0, 0]);
  expect(countsOf(first.summary.counts.category)).toEqual([0, 2, 0, 0, 0]);
  expect(countsOf(first.summary.counts.tag)).toEqual([0, 3, 0, 0, 0]);

  const [lamp, second] = await world().entries('product');
  expect(lamp).toEqual({
    type: 'product',
    id: 1,
    slug: 'red-lamp',
    name: 'Red Lamp',
    description: 'It glows.',
    imageUrl: 'https://cdn.example.com/thumb.webp',
    priceShmeckles: '9.99',
    priceFlurbos: '12.49',
    stock: 7,
    rating: 4.71,
    isActive: true,
    category: 'home-lights',
    tags: ['lamp', 'red'],
    version: 1,
    createdAt: '2025-04-30T09:41:02.053Z',
    updatedAt: '2025-05-01T00:00:00.000Z',
  });
  expect(second).toMatchObject({ slug: 'red-lamp-2', category: 'garden', tags: ['blue', 'lamp'] });

  const before = await world().export();
  const again = await world().import(file, { rate: '1.25' });
  expect(countsOf(again.summary.counts.product)).toEqual([2, 0, 0, 2, 0]);
  expect(await world().export()).toBe(before);
});

test('writes the derived columns', async () => {
  await world().import(productsFile({ title: 'ÉTÉ Ⅳ', rating: null }, { title: 'Rated' }));
  const em = world().database.fork();
  expect(await em.findOneOrFail(Product, { rating: null })).toMatchObject({ nameKey: 'été iv', ratingKey: -1 });
  expect(await em.findOneOrFail(Product, { slug: 'rated' })).toMatchObject({ nameKey: 'rated', ratingKey: 4.71 });

  await world().import(jsonLines(product('rated', { name: 'ÜBER', rating: null })));
  expect(await world().database.fork().findOneOrFail(Product, { slug: 'rated' })).toMatchObject({
    nameKey: 'über',
    ratingKey: -1,
  });
});

test('changes what differs: a new version and time, the id and what the source does not tell stay', async () => {
  await world().import(productsFile({}, { title: 'Other' }));
  const [before, other] = await world().entries('product');
  // What no file of DummyJSON tells; it counts as version 2.
  await world().database.fork().nativeUpdate(Product, { slug: 'red-lamp' }, { isActive: false });

  const { summary } = await world().import(productsFile({ stock: 8 }, { title: 'Other' }));
  expect(countsOf(summary.counts.product)).toEqual([2, 0, 1, 1, 0]);
  const [after, untouched] = await world().entries('product');
  expect(after).toEqual({ ...before, stock: 8, isActive: false, version: 3, updatedAt: expect.any(String) });
  expect(Date.parse(String(after?.updatedAt))).toBeGreaterThan(Date.parse(String(before?.updatedAt)));
  expect(untouched).toEqual(other);
});

test('counts other tags as a change, and replaces links only then', async () => {
  await world().import(productsFile({ tags: ['a', 'b'] }));
  const { summary } = await world().import(productsFile({ tags: ['b', 'c'] }));
  expect(countsOf(summary.counts.product)).toEqual([1, 0, 1, 0, 0]);
  expect(await world().entries('product')).toMatchObject([{ tags: ['b', 'c'], version: 2 }]);
  const cleared = await world().import(productsFile({ tags: [] }));
  expect(countsOf(cleared.summary.counts.product)).toEqual([1, 0, 1, 0, 0]);
  expect(await world().entries('product')).toMatchObject([{ tags: [], version: 3 }]);
});

test('finds a tag again by its name without case, and one that was renamed by its slug; "C#" is not "C++"', async () => {
  await world().import(productsFile({ tags: ['C++', 'Garden'] }));
  await world().import(jsonLines(tag('garden', { name: 'Yard & Garden' })));
  await world().import(productsFile({ title: 'Book', tags: ['C#', 'c++', 'garden'] }));
  expect((await world().entries('tag')).map(({ slug, name }) => [slug, name])).toEqual([
    ['c', 'C++'],
    ['garden', 'Yard & Garden'],
    ['c-2', 'C#'],
  ]);
  expect(await world().entries('product')).toMatchObject([{ tags: ['c', 'garden'] }, { tags: ['c', 'c-2', 'garden'] }]);
});

test('tells each refused row with file, line, field and reason; the good ones go in', async () => {
  const file = productsFile({ price: -1 }, { title: 'Good' }, { title: '', stock: -1 });
  const { refusals, summary } = await world().import(sourceOf(file, 'products.json'));
  expect(refusals).toEqual([
    expect.stringMatching(/^products\.json:2 price must be an amount/),
    expect.stringMatching(/^products\.json:\d+ title must be/),
    expect.stringMatching(/^products\.json:\d+ stock must be from 0/),
  ]);
  expect(countsOf(summary.counts.product)).toEqual([3, 1, 0, 0, 2]);
  expect(await world().entries('product')).toMatchObject([{ slug: 'good' }]);
});

test('takes what comes before the place where a file is cut off, and goes on with the next file', async () => {
  const whole = productsFile({}, { title: 'Second' });
  const cut = sourceOf(whole.slice(0, -40), 'cut.json');
  const { refusals, summary } = await world().import([cut, sourceOf(jsonLines(tag('next')))]);
  expect(refusals).toEqual([expect.stringMatching(/^cut\.json:\d+ is cut off in or behind the record/)]);
  expect(summary.refused).toBe(1);
  expect(await world().entries('product')).toMatchObject([{ slug: 'red-lamp' }]);
  expect((await world().entries('tag')).at(-1)).toMatchObject({ slug: 'next' });
});

test('takes a byte order mark, CRLF and chunks of any size', async () => {
  const file = `\uFEFF${productsFile({ title: 'Ключ 🛒' }).replaceAll('\n', '\r\n')}`;
  const { refusals } = await world().import(sourceOf(file, 'x', 3));
  expect(refusals).toEqual([]);
  expect(await world().entries('product')).toMatchObject([{ name: 'Ключ 🛒', slug: 'klyuch' }]);
});

test('with strict, one refused row keeps all files out', async () => {
  const sources = [sourceOf(jsonLines(tag('a'))), sourceOf(productsFile({}, { price: -1 }))];
  const { isKept, refusals } = await world().import(sources, { isStrict: true });
  expect([isKept, refusals.length]).toEqual([false, 1]);
  expect(await world().export()).toBe('');

  const good = await world().import([sourceOf(jsonLines(tag('a'))), sourceOf(productsFile({}))], { isStrict: true });
  expect(good.isKept).toBe(true);
  expect(await world().entries('product')).toHaveLength(1);
});

test('with strict, a conflict in the database keeps all out, and leaves the transaction able to go on', async () => {
  const file = jsonLines(tag('a', { name: 'Same' }), tag('b', { name: 'SAME' }), tag('c'), user('ada'));
  const { isKept, refusals } = await world().import(file, { isStrict: true });
  expect(isKept).toBe(false);
  expect(refusals).toEqual(['file:2 name must be free: "SAME" is that of another tag already']);
  expect(await world().export()).toBe('');
});

test('a dry run says the same and writes nothing', async () => {
  await world().import(productsFile({}));
  const before = await world().export();
  const file = productsFile({ stock: 1 }, { title: 'New', category: 'other' }, { price: -1 });
  const dry = await world().import(file, { isDryRun: true });
  expect(dry.isKept).toBe(false);
  expect(await world().export()).toBe(before);
  const real = await world().import(file);
  expect(dry.summary.toText()).toBe(real.summary.toText());
  expect(dry.refusals).toEqual(real.refusals);
});

test('refuses what conflicts in the database, and only that', async () => {
  const many = Array.from({ length: 40 }, (_, index) => tag(`tag-${index}`));
  const file = jsonLines(
    ...many,
    tag('twin', { name: 'TAG-7' }),
    category('a', { name: 'Top' }),
    category('b', { name: 'Top' }),
    category('c', { name: 'Top', parent: 'a' }),
    category('d', { parent: 'nowhere' }),
    product('p', { category: 'nowhere' }),
    product('q', { tags: ['tag-1', 'no-tag'] }),
    product('r', { tags: ['tag-1'], category: 'c' }),
    user('ada'),
    user('ada-2', { username: 'ADA' }),
  );
  const { refusals, summary } = await world().import(file);
  expect(refusals).toEqual([
    'file:41 name must be free: "TAG-7" is that of another tag already',
    'file:43 name must be free: "Top" is that of a sibling already',
    'file:45 parent must be there: "nowhere" is not',
    'file:46 category must be there: "nowhere" is not',
    'file:47 tags must be there: "no-tag" is not',
    'file:50 username must be free: "ADA" is that of another user already',
  ]);
  expect(countsOf(summary.counts.tag)).toEqual([41, 40, 0, 0, 1]);
  expect(countsOf(summary.counts.category)).toEqual([4, 2, 0, 0, 2]);
  expect(countsOf(summary.counts.product)).toEqual([3, 1, 0, 0, 2]);
  expect(countsOf(summary.counts.user)).toEqual([2, 1, 0, 0, 1]);
});

test('makes categories in any order, and their paths and visibility right', async () => {
  await world().import(
    jsonLines(
      category('leaf', { parent: 'middle' }),
      category('middle', { parent: 'top' }),
      category('top', { isActive: false }),
    ),
  );
  const find = (slug: string) => world().database.fork().findOneOrFail(Category, { slug });
  const [top, middle] = [await find('top'), await find('middle')];
  expect(await find('leaf')).toMatchObject({ ancestorPath: `/${top.id}/${middle.id}/`, isVisible: false });

  const { summary } = await world().import(
    jsonLines(
      category('leaf', { parent: 'top' }),
      category('middle', { parent: null }),
      category('top', { isActive: true }),
    ),
  );
  expect(countsOf(summary.counts.category)).toEqual([3, 0, 3, 0, 0]);
  expect(await find('leaf')).toMatchObject({ ancestorPath: `/${top.id}/`, isVisible: true });
  expect(await find('middle')).toMatchObject({ ancestorPath: '/', isVisible: true });
});

test('refuses a category that would end up below itself, or too deep', async () => {
  const chain = Array.from({ length: 51 }, (_, index) =>
    category(`c${index}`, { parent: index ? `c${index - 1}` : null }),
  );
  const deep = await world().import(jsonLines(...chain));
  expect(deep.refusals).toEqual(['file:51 parent must leave the tree at most 50 levels deep']);
  const cycle = await world().import(jsonLines(category('c0', { parent: 'c5' })));
  expect(cycle.refusals).toEqual([expect.stringContaining('cannot move below itself')]);
  expect((await world().entries('category')).find(({ slug }) => slug === 'c0')).toMatchObject({
    parent: null,
    version: 1,
  });
});

test('makes the ancestors of Best Buy categories that the file does not hold, and counts each once', async () => {
  const [root, kids, toys] = [
    { id: 'abcat1', name: 'Gifts' },
    { id: 'pcm2', name: 'Kids' },
    { id: 'abcat3', name: 'Toys' },
  ];
  const file = JSON.stringify([
    { ...toys, path: [root, kids, toys], subCategories: [] },
    { ...kids, path: [root, kids], subCategories: [toys] },
  ]);
  const { summary } = await world().import(file);
  expect(countsOf(summary.counts.category)).toEqual([2, 3, 0, 0, 0]);
  expect((await world().entries('category')).map(({ slug, parent, name }) => [slug, parent, name])).toEqual([
    ['abcat1', null, 'Gifts'],
    ['pcm2', 'abcat1', 'Kids'],
    ['abcat3', 'pcm2', 'Toys'],
  ]);
  const again = await world().import(file);
  expect(countsOf(again.summary.counts.category)).toEqual([2, 0, 0, 2, 0]);
});

test('imports users without passwords, and leaves the password of one who is there', async () => {
  await world().import(
    '[{"username":"ada","firstName":"Ada","lastName":"Byron","age":36,"role":"admin","password":"x"}]',
  );
  const find = () => world().database.fork().findOneOrFail(User, { slug: 'ada' });
  expect(await find()).toMatchObject({ passwordHash: null, role: 'ADMIN', usernameKey: 'ada', lastNameKey: 'byron' });
  await world().database.fork().nativeUpdate(User, { slug: 'ada' }, { passwordHash: '$hash' });
  await world().import(jsonLines(user('ada', { lastName: 'King' })));
  expect(await find()).toMatchObject({ passwordHash: '$hash', role: 'ADMIN', lastNameKey: 'king', version: 3 });
  expect(await world().export()).not.toMatch(/hash/i);
});

test('keeps the last admin, as the API does', async () => {
  await world().import(jsonLines(user('ada', { role: 'ADMIN' })));
  const { refusals } = await world().import(jsonLines(user('ada', { role: 'USER' }), user('bob')));
  expect(refusals).toEqual([expect.stringMatching(/^file:1 is refused: .*admin/)]);
  expect(await world().entries('user')).toMatchObject([
    { slug: 'ada', role: 'ADMIN', version: 1 },
    { slug: 'bob', role: 'USER' },
  ]);
});

test('imports a Shopify export, twice the same', async () => {
  const file =
    'Handle,Title,Body (HTML),Type,Tags,Published,Variant Inventory Qty,Variant Price,Image Src\n' +
    'shirt,Shirt,<p>Blue &amp; wide</p>,Tops,"men, summer",true,3,60,https://x.example/1.jpg\n' +
    'shirt,,,,,,2,49.5,\n';
  const first = await world().import(file, { rate: '2' });
  expect(first.refusals).toEqual([]);
  expect(await world().entries('product')).toMatchObject([
    {
      slug: 'shirt',
      description: 'Blue & wide',
      stock: 5,
      priceShmeckles: '49.50',
      priceFlurbos: '99.00',
      category: 'tops',
    },
  ]);
  const again = await world().import(file, { rate: '2' });
  expect(countsOf(again.summary.counts.product)).toEqual([1, 0, 0, 1, 0]);
});

test('what was exported comes back into an empty database as the same bytes', async () => {
  await world().import(
    jsonLines(
      category('z-top', {
        id: 9,
        version: 4,
        createdAt: '0001-01-01T00:00:00.000Z',
        updatedAt: '9999-12-31T23:59:59.999Z',
      }),
      category('a-below', { parent: 'z-top', id: 2, isActive: false }),
      tag('ключ-1'.replace(/[^a-z0-9-]/g, '') || 'key', { slug: 'key', name: 'Ключ "1" \\ \u2028' }),
      product('p', {
        id: 77,
        rating: 4.7,
        description: 'Line\n\ttab 🛒',
        tags: ['key'],
        category: 'a-below',
        stock: 0,
      }),
      product('q', {
        id: 5,
        rating: 0.1 + 0.2,
        priceShmeckles: '9999999999.99',
        isActive: false,
        imageUrl: 'https://x.example/ü',
      }),
      user('ada', { id: 3, age: null, role: 'CASHIER', isActive: false }),
    ),
  );
  await world().import(productsFile(...Array.from({ length: 1100 }, (_, index) => ({ title: `Lamp ${index % 600}` }))));
  const text = await world().export();
  expect(text.match(/"type":"(\w+)","id":(\d+)/g)?.slice(0, 4)).toEqual([
    '"type":"category","id":9',
    '"type":"category","id":10',
    '"type":"category","id":2',
    '"type":"tag","id":1',
  ]);
  const other = await openWorld();
  const { refusals, summary } = await other.import(sourceOf(text, 'x', 1000));
  expect(refusals).toEqual([]);
  expect(countsOf(summary.counts.product)).toEqual([1102, 1102, 0, 0, 0]);
  expect(await other.export()).toBe(text);
  const again = await other.import(text);
  expect(countsOf(again.summary.counts.product)).toEqual([1102, 0, 0, 1102, 0]);
  expect(await other.export()).toBe(text);

  // Whatever comes next does not meet an id that was taken over.
  const made = await unitOfWork(other.database, (em) =>
    createProduct(em, { name: 'Next', priceShmeckles: 1, priceFlurbos: 1 }),
  );
  expect(made.id).toBeGreaterThan(1100);
  expect((await unitOfWork(other.database, (em) => createCategory(em, { name: 'Next' }))).id).toBeGreaterThan(10);
  await other.close();
});

test('an id that is taken is not taken over; of two rows with one id, the first keeps it', async () => {
  await unitOfWork(world().database, (em) => createTag(em, { name: 'Own' }));
  await world().import(jsonLines(tag('a', { id: 1 }), tag('b', { id: 7 }), tag('c', { id: 7 })));
  const tags = await world().entries('tag');
  expect(tags.map(({ slug, id }) => [slug, id])).toEqual(
    expect.arrayContaining([
      ['own', 1],
      ['b', 7],
    ]),
  );
  expect(new Set(tags.map(({ id }) => id)).size).toBe(4);
});

test('two imports of one file and people who create at the same time end as one import would', async () => {
  const file = productsFile(
    ...Array.from({ length: 300 }, (_, index) => ({ title: `Lamp ${index}`, tags: [`t${index % 9}`] })),
  );
  const results = await Promise.all([
    world().import(file),
    world().import(file),
    world().import(
      jsonLines(...Array.from({ length: 50 }, (_, index) => product(`lamp-${index * 3}`, { id: index + 1 }))),
    ),
    ...Array.from({ length: 10 }, (_, index) =>
      unitOfWork(world().database, (em) => createTag(em, { name: `Somebody's ${index}` })),
    ),
  ]);
  for (const result of results.slice(0, 3)) expect(result).toMatchObject({ refusals: [] });
  await world().import(file);
  const { summary } = await world().import(file);
  expect(countsOf(summary.counts.product)).toEqual([300, 0, 0, 300, 0]);
  expect(await world().entries('product')).toHaveLength(300);
  expect(await world().entries('tag')).toHaveLength(19);
});

test('the demo catalogue is an export of its own', async () => {
  const file = readFileSync('demo/catalogue.ndjson', 'utf8');
  const { refusals } = await world().import(file, { isStrict: true });
  expect(refusals).toEqual([]);
  expect(await world().export()).toBe(file);
  expect(await world().entries('product')).toHaveLength(194);
  expect(await world().entries('user')).toHaveLength(208);
});

test('links to tags have the category of their product, of those that are made and those that change', async () => {
  const [one, other, mark] = [category('one'), category('other'), tag('t')];
  const made = [product('a', { category: 'one', tags: ['t'] }), product('b', { tags: ['t'] })];
  const changed = [product('a', { category: 'other' }), product('b', { category: 'one' })];
  expect((await world().import(jsonLines(one, other, mark, ...made))).refusals).toEqual([]);
  const wrong = async () => {
    const told: string[] = [];
    const onWrong = (message: string) => told.push(message);
    await checkLinkCategories(testConfig(world().url).database, world().database, { repairs: false, onWrong });
    return told;
  };
  expect(await wrong()).toEqual([]);
  expect((await world().import(jsonLines(...changed))).summary.counts.product.updated).toBe(2);
  expect(await wrong()).toEqual([]);
});
