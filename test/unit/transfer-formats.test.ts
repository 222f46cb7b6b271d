import { expect, test } from 'vitest';
import { detectFormat, FORMATS, type FormatName } from '../../src/transfer/formats.js';
import { checkRate } from '../../src/transfer/prices.js';
import { isRefused, type Row } from '../../src/transfer/records.js';
import { SeenSlugs } from '../../src/transfer/seen-slugs.js';
import { chunksOf, dummyProduct } from '../support/transfer.js';

async function read(format: FormatName, content: string, rate = '1', size = 1 << 16): Promise<Row[]> {
  const slugs = new SeenSlugs();
  const rows = [];
  for await (const row of FORMATS[format](chunksOf(Buffer.from(content), size), { rate, slugs })) rows.push(row);
  slugs.close();
  return rows;
}

const records = async (...args: Parameters<typeof read>) =>
  (await read(...args)).map((row) => (isRefused(row) ? row.problems : row.record));

test.each<[FormatName | undefined, string]>([
  ['ndjson', ''],
  ['ndjson', '\n{"type":"tag","slug":"a","name":"A"}\n'],
  ['ndjson', '{"slug":"a","type":"tag"}'],
  ['ndjson', '{"type":"tag","slug":'],
  ['dummyjson-products', JSON.stringify([dummyProduct()])],
  ['dummyjson-products', JSON.stringify({ total: 1, products: [dummyProduct()] }, null, 2)],
  ['dummyjson-users', '[{"id":1,"firstName":"A","username":"a"}]'],
  ['dummyjson-users', '{"users":[{"id":1,"firstName":"A","username":"a"}]}'],
  ['bestbuy-categories', '[{"id":"a","name":"A","path":[],"subCategories":[]}]'],
  ['shopify', 'Handle,Title,Body (HTML)\n'],
  ['shopify', '"Title","Handle"\r\n'],
  [undefined, '[]'],
  [undefined, '[{"a":1}]'],
  [undefined, 'name,price\n'],
  [undefined, '<html>'],
])('detects %s in %j', async (format, content) => {
  const detected = detectFormat('x.json', Buffer.from(content));
  if (format) expect(await detected).toBe(format);
  else await expect(detected).rejects.toThrow("The format of x.json can't be told: name it with --format ndjson|");
});

test.each(['1', '1.25', '0.000001', '999999.999999'])('takes the rate %s', (rate) => {
  expect(checkRate(rate)).toBe(rate);
});

test.each(['', '0', '0.000000', '-1', '1.', '.5', '1e3', '1.0000001', '1,25', 'NaN', '10000000'])(
  'refuses the rate "%s"',
  (rate) => {
    expect(() => checkRate(rate)).toThrow('--rate must be');
  },
);

test('reads a product of DummyJSON', async () => {
  const [row] = await read('dummyjson-products', JSON.stringify([dummyProduct()]), '1.25');
  expect(row).toEqual({
    kind: 'product',
    place: { line: 1 },
    names: expect.any(Object),
    record: {
      slug: 'red-lamp',
      name: 'Red Lamp',
      description: 'It glows.',
      imageUrl: 'https://cdn.example.com/thumb.webp',
      priceShmeckles: 999,
      priceFlurbos: 1249,
      stock: 7,
      rating: 4.71,
      category: { slug: 'home-lights', name: 'Home Lights' },
      tags: [{ name: 'lamp' }, { name: 'Red' }],
    },
    origin: { createdAt: new Date('2025-04-30T09:41:02.053Z'), updatedAt: new Date('2025-05-01T00:00:00.000Z') },
  });
});

test('takes the first image where a product has no thumbnail', async () => {
  const products = [dummyProduct({ thumbnail: '' }), dummyProduct({ thumbnail: undefined, images: [] })];
  expect(await records('dummyjson-products', JSON.stringify(products))).toMatchObject([
    { imageUrl: 'https://cdn.example.com/1.webp' },
    { imageUrl: undefined },
  ]);
});

test('numbers the slugs of equal titles the same way each time, past those that are titles themselves', async () => {
  const titles = ['Lamp', 'Lamp 2', 'Lamp', 'Lamp', 'lamp!', 'Lamp 2'];
  const file = JSON.stringify(titles.map((title) => dummyProduct({ title })));
  const slugs = (await records('dummyjson-products', file)).map((record) => (record as { slug: string }).slug);
  expect(slugs).toEqual(['lamp', 'lamp-2', 'lamp-3', 'lamp-4', 'lamp-5', 'lamp-2-2']);
});

test('a refused row keeps its number, so that repairing it renames no other', async () => {
  const file = JSON.stringify([dummyProduct({ price: -1 }), dummyProduct()]);
  expect(await records('dummyjson-products', file)).toMatchObject([[{ path: 'price' }], { slug: 'red-lamp-2' }]);
});

const AMOUNT = 'must be an amount from 0 to 9999999999.99 with at most two fraction digits and no exponent';

test.each<[object, { path: string; message: string }[]]>([
  [{ price: '1.234' }, [{ path: 'price', message: AMOUNT }]],
  [{ price: undefined }, [{ path: 'price', message: AMOUNT }]],
  [{ price: 9_999_999_999.99 }, [{ path: 'price', message: 'times 2 must be at most 9999999999.99' }]],
  [{ title: '' }, [{ path: 'title', message: 'must be a text of 1 to 255 characters' }]],
  [{ title: 7 }, [{ path: 'title', message: 'must be a text of 1 to 255 characters' }]],
  [{ title: 'a\u0000b' }, [{ path: 'title', message: 'must not hold control characters' }]],
  [{ description: 'a\uD800' }, [{ path: 'description', message: 'must not hold unpaired surrogates' }]],
  [{ stock: -1 }, [{ path: 'stock', message: 'must be from 0 to 2147483647' }]],
  [{ rating: 5.01 }, [{ path: 'rating', message: 'must be from 0 to 5' }]],
  [{ thumbnail: 'ftp://x' }, [{ path: 'thumbnail', message: expect.stringContaining('http') as string }]],
  [{ tags: 'lamp' }, [{ path: 'tags', message: 'must be a list of names' }]],
  [{ tags: ['', 'a'] }, [{ path: 'tags', message: 'must be a text of 1 to 255 characters' }]],
  [{ category: 7 }, [{ path: 'category', message: 'must be a text of 1 to 255 characters' }]],
  [
    { meta: { createdAt: 'yesterday' } },
    [{ path: 'meta.createdAt', message: expect.stringContaining('RFC 3339') as string }],
  ],
  [
    { stock: 1.5, rating: 'x' },
    [
      { path: 'rating', message: 'must be a number from 0 to 5' },
      { path: 'stock', message: 'must be a whole number from 0 to 2147483647' },
    ],
  ],
])('refuses a product with %j, by the names of its source', async (fields, problems) => {
  expect(await records('dummyjson-products', JSON.stringify([dummyProduct(fields)]), '2')).toEqual([problems]);
});

test('refuses records that are no objects or no JSON, and goes on', async () => {
  const rows = await read('dummyjson-products', `[7,\n{"a": tru},\n${JSON.stringify(dummyProduct())}]`);
  expect(rows).toMatchObject([
    { place: { line: 1 }, problems: [{ path: '', message: 'must be an object' }] },
    { place: { line: 2 }, problems: [{ path: '', message: expect.stringContaining('is not valid JSON') }] },
    { place: { line: 3 }, record: { slug: 'red-lamp' } },
  ]);
});

test('refuses a record that is not UTF-8', async () => {
  const bytes = Buffer.concat([Buffer.from('[{"title":"'), Buffer.from([0xff]), Buffer.from('"}]')]);
  const slugs = new SeenSlugs();
  const rows = FORMATS['dummyjson-products'](chunksOf(bytes, 4), { rate: '1', slugs });
  for await (const row of rows) expect(row).toMatchObject({ problems: [{ path: '', message: 'is not valid UTF-8' }] });
  slugs.close();
});

test('reads users of DummyJSON with their roles, and nothing else of them', async () => {
  const user = (fields: object) => ({
    id: 1,
    firstName: 'Ada',
    lastName: 'Lovelace',
    age: 36,
    password: 'secret',
    ...fields,
  });
  const users = [
    user({ username: 'ada', role: 'admin' }),
    user({ username: 'mod.a', role: 'moderator' }),
    user({ username: 'mod_a', role: 'user' }),
    user({ username: 'x', role: 'king', age: 151 }),
  ];
  expect(await records('dummyjson-users', JSON.stringify({ users }))).toEqual([
    { slug: 'ada', username: 'ada', firstName: 'Ada', lastName: 'Lovelace', age: 36, role: 'ADMIN' },
    { slug: 'mod-a', username: 'mod.a', firstName: 'Ada', lastName: 'Lovelace', age: 36, role: 'CASHIER' },
    { slug: 'mod-a-2', username: 'mod_a', firstName: 'Ada', lastName: 'Lovelace', age: 36, role: 'USER' },
    expect.arrayContaining([
      { path: 'role', message: 'must be one of admin, moderator, user' },
      { path: 'username', message: expect.stringContaining('3 to 20') },
      { path: 'age', message: 'must be from 0 to 150' },
    ]),
  ]);
});

const HEADER = 'Handle,Title,Body (HTML),Type,Tags,Published,Variant Inventory Qty,Variant Price,Image Src,Status';

test('puts the variants of a Shopify product together, whatever byte a chunk ends at', async () => {
  const file = [
    HEADER,
    'shirt,Blue Shirt,"<h2>Cut</h2><p>Narrow &amp; <a href=""https://x.example"">long</a></p>\n<ul><li>One, 🧵</li></ul>",Tops,"men, summer,, Men",true,3,60,https://x.example/1.jpg,active',
    'shirt,,,,,,2,49.5,https://x.example/2.jpg,',
    'shirt,,,,,,,,https://x.example/3.jpg,',
    'Hat_2,Hat,,,,false,,5,,',
    'cap,Cap,,,,TRUE,1,5,,draft',
  ].join('\r\n');
  for (const size of [1, 2, 5, 1000]) {
    const rows = await read('shopify', file, '1', size);
    expect(rows.map(({ place }) => place.line)).toEqual([2, 6, 7]);
    expect(rows).toMatchObject([
      {
        record: {
          slug: 'shirt',
          name: 'Blue Shirt',
          description: expect.stringMatching(/^Cut\s+Narrow & long\s+\* One, 🧵$/),
          imageUrl: 'https://x.example/1.jpg',
          priceShmeckles: 4950,
          stock: 5,
          isActive: true,
          category: { name: 'Tops' },
          tags: [{ name: 'men' }, { name: 'summer' }, { name: 'Men' }],
        },
      },
      { record: { slug: 'hat-2', description: null, stock: undefined, isActive: false, category: null, tags: [] } },
      { record: { slug: 'cap', stock: 1, isActive: false } },
    ]);
  }
});

test('refuses Shopify products by the names of their columns, and on which line', async () => {
  const file = [
    HEADER,
    'a,A,,,,true,x,1.999,not a url,',
    'b,,,,,true,1,,,',
    ',C,,,,true,1,1,,',
    'a2,A,,,,true,-5,1,,',
    'd,D,,,,true,1',
    'e,E,,,,true,1,1,,active',
    'f,F,,,,true,1,1,,active',
    'e,E,,,,true,1,1,,active',
  ].join('\n');
  const rows = await read('shopify', file);
  const problems = rows.map((row) =>
    isRefused(row) ? row.problems.map(({ path }) => `${row.place.line} ${path}`) : [],
  );
  expect(problems).toEqual([
    ['2 Variant Price', '2 Variant Inventory Qty', '2 Image Src'],
    ['3 Variant Price', '3 Title'],
    ['4 Handle'],
    ['5 Variant Inventory Qty'],
    ['6 ', '6 Variant Price'],
    [],
    [],
    ['9 Handle'],
  ]);
});

test('tells a CSV that is cut off within quotes', async () => {
  await expect(read('shopify', `${HEADER}\na,A,"<p>no end`)).rejects.toMatchObject({
    line: expect.any(Number),
    message: expect.stringContaining('is broken'),
  });
});

test('reads categories of Best Buy: slug from the id, parent and ancestors from the path', async () => {
  const path = [
    { id: 'abcat001', name: 'Gifts' },
    { id: 'pcm_2', name: 'Kids' },
  ];
  const file = [
    { id: 'abcat003', name: 'Toys', path: [...path, { id: 'abcat003', name: 'Toys' }], subCategories: [] },
    { id: 'abcat001', name: 'Gifts', path: [path[0]], subCategories: [] },
    { id: 'abcat003', name: 'Again', path: [], subCategories: [] },
    { id: 7, name: '', path: 'x', subCategories: [] },
  ];
  expect(await records('bestbuy-categories', JSON.stringify(file))).toEqual([
    {
      slug: 'abcat003',
      name: 'Toys',
      parent: 'pcm-2',
      ancestors: [
        { slug: 'abcat001', name: 'Gifts' },
        { slug: 'pcm-2', name: 'Kids' },
      ],
    },
    { slug: 'abcat001', name: 'Gifts', parent: null, ancestors: [] },
    [{ path: 'id', message: 'must not repeat: "abcat003" is that of line 1 already' }],
    expect.arrayContaining([
      expect.objectContaining({ path: 'id' }),
      expect.objectContaining({ path: 'name' }),
      { path: 'path', message: 'must be a list of the categories from the root down' },
    ]),
  ]);
});

test.each([
  ['{"slug":"a"}', 'type'],
  ['{"type":"tag","slug":"A","name":"A"}', 'slug'],
  ['{"type":"tag","slug":"a"}', 'name'],
  ['{"type":"tag","slug":"a","name":"A","id":0}', 'id'],
  ['{"type":"tag","slug":"a","name":"A","id":2147483648}', 'id'],
  ['{"type":"tag","slug":"a","name":"A","version":"1"}', 'version'],
  ['{"type":"tag","slug":"a","name":"A","createdAt":"2025-02-30T00:00:00Z"}', 'createdAt'],
  ['{"type":"category","slug":"a","name":"A","parent":7}', 'parent'],
  ['{"type":"product","slug":"a","name":"A","priceShmeckles":"1"}', 'priceFlurbos'],
  ['{"type":"product","slug":"a","name":"A","priceShmeckles":"1","priceFlurbos":"1","tags":"x"}', 'tags'],
  ['{"type":"product","slug":"a","name":"A","priceShmeckles":"1","priceFlurbos":"1","category":"X"}', 'category'],
  ['{"type":"user","slug":"abc","username":"ab","firstName":"A","lastName":"B"}', 'username'],
  ['{"type":"user","slug":"abc","username":"abc","firstName":"A","lastName":"B","role":"KING"}', 'role'],
])('refuses the line %s by %s', async (line, path) => {
  expect(await records('ndjson', `${line}\n`)).toMatchObject([[{ path }]]);
});

test('refuses a slug that stands twice in one source, but not in two kinds', async () => {
  const file =
    '{"type":"tag","slug":"a","name":"A"}\n\n{"type":"category","slug":"a","name":"A"}\n{"type":"tag","slug":"a","name":"B"}\n';
  expect(await records('ndjson', file)).toMatchObject([
    { slug: 'a' },
    { slug: 'a' },
    [{ path: 'slug', message: 'must not repeat: "a" is that of line 1 already' }],
  ]);
});
