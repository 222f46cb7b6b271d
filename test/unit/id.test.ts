import { expect, test } from 'vitest';
import { NO_ID, toId } from '../../src/shared/id.js';

test.each([
  ['1', 1],
  ['42', 42],
  ['2147483647', 2_147_483_647],
])('%s is an id', (text, id) => {
  expect(toId(text)).toBe(id);
});

test.each([
  '',
  '0',
  '-1',
  '+1',
  '01',
  '1.0',
  '1e3',
  '0x1',
  ' 1',
  '1\n',
  '١',
  'abc',
  '2147483648',
  '9999999999',
  '9'.repeat(30),
  'NaN',
  '1; drop table products',
])('%j is the id of nothing', (text) => {
  expect(toId(text)).toBe(NO_ID);
});
