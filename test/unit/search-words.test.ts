import { describe, expect, test } from 'vitest';
import { searchableWords, termsOf, wordsOf } from '../../src/shared/search-words.js';

describe('the words of a text', () => {
  test.each([
    ['Blue MUG, blue!', ['blue', 'mug']],
    ['Żółć Łódź Ærø smörgåsbord', ['zolc', 'lodz', 'aero', 'smorgasbord']],
    ['Ёлка ёлка ЙОД', ['елка', 'иод']],
    ['Straße STRASSE', ['strasse']],
    ['ΟΔΟΣ οδός', ['οδοσ']],
    ['İstanbul ISTANBUL ıstanbul', ['istanbul']],
    ['ﬁne ＷＩＤＥ ½', ['fine', 'wide', '1', '2']],
    ["it's o'clock", ['it', 's', 'o', 'clock']],
    ['under_score e-mail 3.5mm', ['under', 'score', 'e', 'mail', '3', '5mm']],
    ['東京 हिन्दी', ['東京', 'हिन्दी']],
    ['Kühl\u00ADschrank', ['kuhlschrank']],
    ['❤️ 😀 %_"', []],
    ['', []],
  ])('%j', (text, words) => expect(wordsOf(text)).toEqual(words));

  test('are cut where they are longer than an index holds, between characters', () => {
    expect(wordsOf('𝒳'.repeat(3) + 'y'.repeat(100))).toEqual([`xxx${'y'.repeat(61)}`]);
    expect(Array.from(wordsOf('𐐨'.repeat(100))[0] ?? '')).toHaveLength(64);
  });

  test('are stored with those of the name marked, a blank around each', () => {
    expect(searchableWords('Blue mug', 'A mug.')).toBe(' =blue =mug blue mug a ');
    expect(searchableWords('😀', null)).toBe('  ');
  });
});

test('a search leaves out what another of its words begins with, and all behind the 32nd', () => {
  expect(termsOf('mug MUGS m blue')).toEqual(['mugs', 'blue']);
  expect(termsOf(Array.from({ length: 40 }, (_, index) => `${index}x`).join(' '))).toHaveLength(32);
});

test.each(['', ' ', 'Plain ASCII-text: 100% "quoted", it\'s x86_64', 'A a\tB\nb AA'])(
  'folds %j as it does within other text',
  (text) => {
    expect(wordsOf(`${text} é`)).toEqual([...wordsOf(text), 'e']);
  },
);
