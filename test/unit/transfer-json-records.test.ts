import { expect, test } from 'vitest';
import { type RawRecord, splitJsonList, splitLines } from '../../src/transfer/json-records.js';
import { begin } from '../../src/transfer/source.js';
import { chunksOf } from '../support/transfer.js';

async function collect(
  records: AsyncIterable<RawRecord>,
): Promise<{ line: number; record?: number; value: unknown }[]> {
  const all = [];
  for await (const { place, bytes } of records) all.push({ ...place, value: JSON.parse(bytes.toString()) as unknown });
  return all;
}

const listOf = (text: string, size = 1 << 16) => collect(splitJsonList(chunksOf(Buffer.from(text), size), 'products'));
const linesOf = (text: string, size = 1 << 16) => collect(splitLines(chunksOf(Buffer.from(text), size)));

const TRICKY = [
  { a: 'ключ 🛒 "quoted" \\ , ] } [', b: ['],[', { c: '\\"' }] },
  { a: '\u0001€', n: -1.5e3 },
  7,
  'x,]',
  null,
];

test('finds the records whatever byte a chunk ends at: within a character, an escape, a number', async () => {
  const text = JSON.stringify(TRICKY, null, 2);
  for (let size = 1; size <= 40; size += 1) {
    expect((await listOf(text, size)).map(({ value }) => value)).toEqual(TRICKY);
  }
});

test('finds the list by its key in an object, and no other list or key', async () => {
  const document = {
    note: 'products',
    other: { products: [1] },
    total: 2,
    products: TRICKY,
    after: [[9]],
    products2: [8],
  };
  for (const size of [1, 3, 7, 1000]) {
    expect((await listOf(JSON.stringify(document), size)).map(({ value }) => value)).toEqual(TRICKY);
  }
});

test('tells the line on which a record begins, and its number where it shares the line', async () => {
  const records = await listOf('[\n{"a":\n1}\r\n,\r\n{"b":2}, {"c":3}\n]\n');
  expect(records).toEqual([
    { line: 2, value: { a: 1 } },
    { line: 5, value: { b: 2 } },
    { line: 5, record: 3, value: { c: 3 } },
  ]);
});

test.each([
  ['[{"a":1},\n{"b":', 2, 'is cut off in or behind the record that begins here'],
  ['[{"a":1},\n{"b":"x', 2, 'is cut off in or behind the record that begins here'],
  ['[{"a":1}\n', 1, 'is cut off in or behind the record that begins here'],
  ['[\n', 2, 'is cut off before its list ends'],
  ['{"products":[1]', 1, 'is cut off before its list ends'],
  ['[1]\n[2]', 2, 'goes on behind the end of its list'],
  ['{"users":[1]}', 1, 'holds no list, nor an object with a list "products"'],
  ['hello', 1, 'does not begin as JSON does'],
])('refuses %j', async (text, line, message) => {
  await expect(listOf(text)).rejects.toMatchObject({ line, message });
});

test('hands out what comes before the place where a list is cut off', async () => {
  const records = splitJsonList(chunksOf(Buffer.from('[1,2,{"a'), 2), 'products');
  expect((await records.next()).value).toMatchObject({ bytes: Buffer.from('1') });
  expect((await records.next()).value).toMatchObject({ bytes: Buffer.from('2') });
  await expect(records.next()).rejects.toThrow('cut off');
});

test('refuses a record that does not fit into memory', async () => {
  await expect(listOf(`["${'x'.repeat(17 * 1024 * 1024)}"]`)).rejects.toThrow('holds a record of more than');
});

test('reads lines with either end, blank ones left out, the last one with or without an end', async () => {
  const text = '{"a":"é🛒"}\r\n\r\n  \n{"b":2}\n3';
  for (let size = 1; size <= text.length; size += 1) {
    expect(await linesOf(text, size)).toEqual([
      { line: 1, value: { a: 'é🛒' } },
      { line: 4, value: { b: 2 } },
      { line: 5, value: 3 },
    ]);
  }
});

test('tells a last line that is cut off from one that only lacks its end', async () => {
  await expect(linesOf('{"a":1}\n{"b":')).rejects.toMatchObject({
    line: 2,
    message: expect.stringContaining('cut off'),
  });
});

test('takes a byte order mark off, even one that is spread over chunks', async () => {
  for (const size of [1, 2, 3, 100]) {
    const { head, chunks } = await begin(chunksOf(Buffer.from('\uFEFF[1]'), size));
    expect(head.toString()).toBe('[1]');
    expect(await collect(splitJsonList(chunks, 'products'))).toEqual([{ line: 1, value: 1 }]);
  }
});

test('hands a source on whole that is larger than its head', async () => {
  const numbers = Array.from({ length: 100_000 }, (_, index) => index);
  const { chunks } = await begin(chunksOf(Buffer.from(JSON.stringify(numbers)), 1000));
  expect((await collect(splitJsonList(chunks, 'x'))).map(({ value }) => value)).toEqual(numbers);
});
