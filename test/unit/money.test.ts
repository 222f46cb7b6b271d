import { expect, test } from 'vitest';
import { exchange, LARGEST_AMOUNT, parseMoney, toDecimal, toMinorUnits } from '../../src/shared/money.js';

test.each([
  ['250.50', 25_050],
  ['250.5', 25_050],
  ['250', 25_000],
  ['0', 0],
  ['0.01', 1],
  ['9999999999.99', LARGEST_AMOUNT],
])('reads %s exactly', (decimal, minorUnits) => {
  expect(toMinorUnits(decimal)).toBe(minorUnits);
});

test.each([250, 250.5, 0.1, 9_999_999_999.99])('takes the number %d', (number) => {
  expect(parseMoney(number)).toBe(Math.round(number * 100));
});

test.each(['-1', '1e3', '12.345', 'NaN', '', ' 1', '1.', '.5', '10000000000', '１', '0x10', '1,5'])(
  'refuses "%s"',
  (text) => {
    expect(() => parseMoney(text)).toThrow('must be an amount from 0 to 9999999999.99');
  },
);

test.each([-1, 12.345, Number.NaN, Infinity, 1e21, 0.1 + 0.2, true, null, {}])('refuses %s', (value) => {
  expect(() => parseMoney(value)).toThrow('must be an amount');
});

test('writes two fraction digits', () => {
  expect([0, 1, 99, 100, 25_050, LARGEST_AMOUNT].map(toDecimal)).toEqual([
    '0.00',
    '0.01',
    '0.99',
    '1.00',
    '250.50',
    '9999999999.99',
  ]);
});

test('exchanges without the rounding of floating-point numbers, half up', () => {
  expect(exchange(999, '1.25')).toBe(1249);
  expect(exchange(1, '0.5')).toBe(1);
  expect(exchange(100, '1.005')).toBe(101);
  expect(exchange(LARGEST_AMOUNT, '1')).toBe(LARGEST_AMOUNT);
});
