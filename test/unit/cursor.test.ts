import { describe, expect, test } from 'vitest';
import { type CursorKeyType, fingerprintOf, parseCursor } from '../../src/shared/cursor.js';

const PRINT = '0123abcd';
const hex = (text: string) => Buffer.from(text, 'utf8').toString('hex').toUpperCase();

test('reads a place in a list that is sorted by id', () => {
  expect(parseCursor(`${PRINT}.7`, PRINT, undefined)).toEqual({ id: 7, key: undefined });
});

test('reads an id as large as a row of the list can have', () => {
  expect(parseCursor(`${PRINT}.5000000000`, PRINT, undefined)).toBeUndefined();
  expect(parseCursor(`${PRINT}.5000000000`, PRINT, undefined, Number.MAX_SAFE_INTEGER)?.id).toBe(5_000_000_000);
  expect(parseCursor(`${PRINT}.9007199254740992`, PRINT, undefined, Number.MAX_SAFE_INTEGER)).toBeUndefined();
});

test.each<[CursorKeyType, string, unknown]>([
  ['text', hex('Чайник 😀'), 'Чайник 😀'],
  ['text', '', ''],
  ['integer', '-5', -5],
  ['bigint', '999999999999', 999_999_999_999],
  ['float', '4.5', 4.5],
  ['float', '-1', -1],
  ['float', '1.5e-7', 1.5e-7],
  ['instant', '1795274468000', new Date(1_795_274_468_000)],
])('reads a %s key %s', (type, text, key) => {
  expect(parseCursor(`${PRINT}.7.${text}`, PRINT, type)).toEqual({ id: 7, key });
});

describe('what is no cursor of the list', () => {
  test.each<[string, string, CursorKeyType | undefined]>([
    ['nothing', '', undefined],
    ['a word', 'next', undefined],
    ['another fingerprint', 'ffffffff.7', undefined],
    ['no id', `${PRINT}.`, undefined],
    ['an id that is none', `${PRINT}.0`, undefined],
    ['a huge id', `${PRINT}.${'9'.repeat(30)}`, undefined],
    ['a negative id', `${PRINT}.-1`, undefined],
    ['a key where the list has none', `${PRINT}.7.5`, undefined],
    ['no key where the list has one', `${PRINT}.7`, 'integer'],
    ['half a byte', `${PRINT}.7.4`, 'text'],
    ['lower-case hexadecimal', `${PRINT}.7.d0`, 'text'],
    ['what is not UTF-8', `${PRINT}.7.FF`, 'text'],
    ['an unpaired surrogate', `${PRINT}.7.EDA080`, 'text'],
    ['a NUL', `${PRINT}.7.00`, 'text'],
    ['an empty number', `${PRINT}.7.`, 'integer'],
    ['a word for a number', `${PRINT}.7.five`, 'bigint'],
    ['a huge number', `${PRINT}.7.${'9'.repeat(30)}`, 'bigint'],
    ['an exponent in a whole number', `${PRINT}.7.1e3`, 'integer'],
    ['NaN', `${PRINT}.7.NaN`, 'float'],
    ['infinity', `${PRINT}.7.Infinity`, 'float'],
    ['a number beyond all', `${PRINT}.7.1e999`, 'float'],
    ['an instant outside the calendar', `${PRINT}.7.999999999999999`, 'instant'],
    ['a blank behind it', `${PRINT}.7 `, undefined],
    ['a line feed behind it', `${PRINT}.7\n`, undefined],
  ])('%s', (_, text, type) => {
    expect(parseCursor(text, PRINT, type)).toBeUndefined();
  });
});

test('a fingerprint tells orders and filters apart, and is the same for the same', () => {
  const prints = [
    ['Product', null, null],
    ['Product', { field: 'NAME' }, null],
    ['Tag', null, null],
  ].map(fingerprintOf);
  expect(new Set(prints).size).toBe(3);
  expect(prints.every((print) => /^[0-9a-f]{8}$/.test(print))).toBe(true);
  expect(fingerprintOf(['Product', null, null])).toBe(prints[0]);
});
