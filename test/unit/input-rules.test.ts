import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { BadUserInputError } from '../../src/errors.js';
import {
  assertWellFormed,
  httpUrl,
  name,
  number,
  problemsOf,
  slug,
  text,
  validate,
  wholeNumber,
} from '../../src/shared/input-rules.js';

/** The fields of the error that a call throws. */
function refusal(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (error instanceof BadUserInputError) return error.fields;
    throw error;
  }
  return undefined;
}

describe('a name', () => {
  test('loses the blanks at its ends', () => {
    expect(validate(name(10), ' \u00A0Mug\u3000')).toBe('Mug');
  });

  test.each(['', ' ', '\u00A0\u3000', 'x'.repeat(11), 'a\nb', 'a\0b', 'a\u0085b', 'a\uD800b', null, 5])(
    'can not be %j',
    (value) => {
      expect(problemsOf(name(10), value)).toHaveLength(1);
    },
  );

  test('is refused where its normal form would be too long for an index', () => {
    expect(problemsOf(name(255), 'ﷺ'.repeat(255))).toEqual([
      { path: '', message: 'must be at most 1024 bytes when normalised' },
    ]);
    expect(problemsOf(name(255), 'щ'.repeat(255))).toEqual([]);
  });
});

test.each(['mug', 'mug-2', '2', 'a-b-c', 'x'.repeat(200)])('%s is a slug', (value) => {
  expect(problemsOf(slug, value)).toEqual([]);
});

test.each(['', 'Mug', 'red mug', '-mug', 'mug-', 'red--mug', 'кружка', 'mug\n', 'mug_2', 'x'.repeat(201), null])(
  '%j is no slug',
  (value) => {
    expect(problemsOf(slug, value)).toHaveLength(1);
  },
);

test.each(['http://a', 'https://example.com/a%20b.png?c=d#e', 'HTTPS://EXAMPLE.COM', 'https://пример.рф/ж.png'])(
  '%s is a URL',
  (value) => {
    expect(problemsOf(httpUrl, value)).toEqual([]);
  },
);

test.each([
  'javascript:alert(1)',
  'ftp://example.com/a.png',
  'data:image/png;base64,AA==',
  '//example.com/a.png',
  '/a.png',
  'a.png',
  'http://',
  'http:// a',
  'https://a b',
  ' https://a',
  'https://a\0',
  'https://a\uD800',
  'https:///',
  `https://a/${'b'.repeat(2048)}`,
])('%j is no URL', (value) => {
  expect(new Set(problemsOf(httpUrl, value).map(({ message }) => message))).toEqual(
    new Set(['must be an absolute http or https URL of at most 2048 characters']),
  );
});

test('a text may have several lines, and no control characters', () => {
  expect(problemsOf(text(20), 'a\n\tb\r\n😀')).toEqual([]);
  expect(problemsOf(text(20), '')).toEqual([]);
  expect(problemsOf(text(20), 'a\0')).toEqual([{ path: '', message: 'must not hold control characters' }]);
  expect(problemsOf(text(20), '\uDC00')).toEqual([{ path: '', message: 'must not hold unpaired surrogates' }]);
  expect(problemsOf(text(20), 'x'.repeat(21))).toEqual([{ path: '', message: 'must be at most 20 characters' }]);
});

test('numbers keep to their range', () => {
  expect([0, 5].flatMap((value) => problemsOf(wholeNumber(0, 5), value))).toEqual([]);
  for (const value of [-1, 6, 1.5, Number.NaN, Infinity, '3', null])
    expect(problemsOf(wholeNumber(0, 5), value), String(value)).not.toEqual([]);
  expect([0, 4.75, 5].flatMap((value) => problemsOf(number(0, 5), value))).toEqual([]);
  for (const value of [-0.1, 5.1, Number.NaN, -Infinity, '3'])
    expect(problemsOf(number(0, 5), value), String(value)).not.toEqual([]);
});

test('every field that breaks a rule is named, with its path', () => {
  const rules = z.object({ name: name(10), tagIds: z.array(slug) });
  expect(refusal(() => validate(rules, { name: '', tagIds: ['a', 'B'] }))).toEqual([
    { path: 'input.name', message: 'must be a text of 1 to 10 characters' },
    { path: 'input.tagIds.1', message: 'must be lower-case letters and digits, with single hyphens between them' },
  ]);
});

test('arguments are searched to the bottom for texts that no database holds', () => {
  expect(refusal(() => assertWellFormed({ first: 5, after: null, filter: { from: new Date(), slugs: ['a'] } }))).toBe(
    undefined,
  );
  expect(refusal(() => assertWellFormed({ slug: '\0', filter: { slugs: ['a', '\uD800'] } }, 'nodes.products'))).toEqual(
    [
      { path: 'nodes.products.slug', message: 'must not hold control characters' },
      { path: 'nodes.products.filter.slugs.1', message: 'must not hold unpaired surrogates' },
    ],
  );
});
