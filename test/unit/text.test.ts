import { expect, test } from 'vitest';
import { foldCase, illFormedText } from '../../src/shared/text.js';

test.each([
  ['Plumbus', 'plumbus'],
  ['ЧАЙНИК', 'чайник'],
  ['ÉCLAIR', 'e\u0301clair'],
  ['ẞ', 'ß'],
  ['ＡＢＣ', 'abc'],
  ['ﬁne', 'FINE'],
  ['\u212Aelvin', 'kelvin'],
  ['ΟΔΟΣ', 'οδος'],
  ['ΟΔΟΣ', 'οδοσ'],
])('"%s" and "%s" are the same without case', (one, other) => {
  expect(foldCase(one)).toBe(foldCase(other));
});

test.each([
  ['е', 'ё'],
  ['a', 'á'],
  ['i', 'ı'],
  ['plumbus', 'plumbus '],
])('"%s" and "%s" are not', (one, other) => {
  expect(foldCase(one)).not.toBe(foldCase(other));
});

test('the beginning of a word is part of it, whatever its last letter', () => {
  expect(foldCase('ΟΔΟΣΑ')).toContain(foldCase('ΟΔΟΣ'));
});

test.each(['', 'one line', 'two\nlines\r\n', '\ttab', '😀', 'é'])('%j can be stored', (text) => {
  expect(illFormedText(text)).toBeUndefined();
});

test.each(['\0', 'a\u0007', '\u001B[0m', '\u007F', '\u0085'])('%j holds a control character', (text) => {
  expect(illFormedText(text)).toBe('must not hold control characters');
});

test.each(['\uD800', 'a\uDC00b', '😀'.slice(0, 1), '\uDE00\uD83D'])('%j holds an unpaired surrogate', (text) => {
  expect(illFormedText(text)).toBe('must not hold unpaired surrogates');
});
