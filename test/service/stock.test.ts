import { expect, test } from 'vitest';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { product } = operationsOf(service.admin);

const LARGEST = 2_147_483_647;

test.each([
  ['adds', 10, 5, 15],
  ['takes', 10, -4, 6],
  ['takes the last one', 1, -1, 0],
  ['takes all', 10, -10, 0],
  ['fills up', 0, LARGEST, LARGEST],
  ['empties what is full', LARGEST, -LARGEST, 0],
])('%s: %d and %d make %d', async (_, stock, delta, left) => {
  const { id } = await given.product({ stock });
  const before = await product.read(id);
  const { adjustStock: after } = dataOf(await product.adjustStock(id, delta));
  expect(after).toEqual({ ...before, stock: left, version: 2, updatedAt: expect.any(String) });
  expect(after.updatedAt > before.updatedAt).toBe(true);
  expect(await product.read(id)).toEqual(after);
});

test('changes nothing by 0', async () => {
  const { id } = await given.product({ stock: 3 });
  const before = await product.read(id);
  expect(dataOf(await product.adjustStock(id, 0)).adjustStock).toEqual(before);
});

test.each([
  [0, -1],
  [10, -11],
  [10, -LARGEST - 1],
])('refuses to take below 0: %d and %d', async (stock, delta) => {
  const { id } = await given.product({ stock });
  const before = await product.read(id);
  const answer = await product.adjustStock(id, delta);
  expect(answer).toFailWith({ code: 'OUT_OF_STOCK', path: ['adjustStock'] });
  expect(answer.errors?.[0]?.extensions).toEqual({ code: 'OUT_OF_STOCK', stock });
  expect(await product.read(id)).toEqual(before);
});

test.each([
  [1, LARGEST],
  [LARGEST, 1],
  [LARGEST, LARGEST],
])('refuses more than can be counted: %d and %d', async (stock, delta) => {
  const { id } = await given.product({ stock });
  const before = await product.read(id);
  expect(await product.adjustStock(id, delta)).toFailWith({
    code: 'BAD_USER_INPUT',
    path: ['adjustStock'],
    fields: ['delta'],
  });
  expect(await product.read(id)).toEqual(before);
});

test.each([1, 0, -1])('names a product that is not there, by %d', async (delta) => {
  for (const id of ['2147483647', '9'.repeat(30), 'abc', '-1', '1e3']) {
    const answer = await product.adjustStock(id, delta);
    expect(answer).toFailWith({ code: 'NOT_FOUND', path: ['adjustStock'] });
    expect(answer.errors?.[0]?.message).toBe(`Product "${id}" was not found.`);
  }
});

test('refuses a delta that is no 32-bit number', async () => {
  const { id } = await given.product({ stock: 3 });
  expect(await product.adjustStock(id, LARGEST + 1)).toFailWith({ code: 'BAD_USER_INPUT', fields: ['delta'] });
  expect(await product.adjustStock(id, 0.5)).toFailWith({ code: 'BAD_USER_INPUT', fields: ['delta'] });
  expect(await product.read(id)).toMatchObject({ stock: 3, version: 1 });
});

test('sells what is not active, too', async () => {
  const { id } = await given.product({ stock: 3, isActive: false });
  expect(dataOf(await product.adjustStock(id, -1)).adjustStock).toMatchObject({ stock: 2, isActive: false });
});
