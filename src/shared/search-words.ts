/**
 * What `filter.search` compares: the words of a text in one form for every alphabet, without case and accents.
 *
 * It is computed here and stored, so that both databases index the same words and find the same entries: their own
 * parsers split and fold by locale and version.
 */

/** More of a word is not compared: an index has to hold it. */
const LONGEST_WORD = 64;

/** More words of a search are not compared: nobody types them, and each is a look into the index. */
const MOST_TERMS = 32;

/** Stands in front of a word of the name. It is neither letter nor digit: no word begins with it. */
const IN_NAME = '=';

// Letters that Unicode does not take apart into a letter and an accent.
const PLAIN_LETTERS: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', ħ: 'h', æ: 'ae', œ: 'oe', ð: 'd' };

// Accents, the hyphens that show at a line's end alone, and what chooses the look of an emoji.
const UNSPOKEN = /[\u00AD]|[\u0300-\u036F]|[\u1AB0-\u1AFF]|[\u1DC0-\u1DFF]|[\u20D0-\u20FF]|[\uFE00-\uFE0F]/g;

// oxlint-disable-next-line no-control-regex -- that is what ASCII is
const ASCII = /^[\u0000-\u007F]*$/;

/** Letters without case and accents: "Żółć" is "zolc", "Ёлка" is "елка", "STRASSE" and "Straße" are the same. */
function foldAccents(text: string): string {
  return (
    text
      .normalize('NFKD')
      // First to capitals: ß becomes SS, and ı and ς lose what only small letters tell apart.
      .toUpperCase()
      .toLowerCase()
      .replaceAll(UNSPOKEN, '')
      .replaceAll('ς', 'σ')
      .replaceAll(/[øłđħæœð]/g, (letter) => PLAIN_LETTERS[letter] ?? letter)
      .normalize('NFC')
  );
}

const cut = (word: string): string =>
  word.length <= LONGEST_WORD ? word : Array.from(word).slice(0, LONGEST_WORD).join('');

/** The words of a text, each once. Marks that are no accents belong to them: they are vowels. */
export function wordsOf(text: string): string[] {
  // The same for most texts, in a third of the time.
  const words = ASCII.test(text)
    ? text.toLowerCase().match(/[a-z\d]+/g)
    : foldAccents(text).match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu);
  return [...new Set(words?.map(cut))];
}

/** The words of a name and a description as they are stored: those of the name marked and first, a blank around each. */
export function searchableWords(name: string, description: string | null | undefined): string {
  const named = wordsOf(name);
  const all = new Set([...named, ...wordsOf(description ?? '')]);
  return ` ${[...named.map((word) => `${IN_NAME}${word}`), ...all].join(' ')} `;
}

/** The beginnings of words that a search asks for. One that another one begins with asks for nothing more. */
export function termsOf(search: string): string[] {
  const words = wordsOf(search).slice(0, MOST_TERMS);
  return words.filter((word) => !words.some((other) => other !== word && other.startsWith(word)));
}

/** What an index is asked for: a word, or the beginning of one. */
export interface WordQuery {
  word: string;
  isBeginning: boolean;
}

/** How well an entry matches, best first. */
export const RANKS = [1, 2, 3, 4] as const;
export type Rank = (typeof RANKS)[number];

/** A query of words: all of `all`, at least one of `any` where there are some, and what `not` says does not hold. */
export interface WordsQuery {
  all: readonly WordQuery[];
  any?: readonly WordQuery[];
  not?: WordsQuery;
}

const beginnings = (words: readonly string[]): WordQuery[] => words.map((word) => ({ word, isBeginning: true }));

/** What a search finds, however well. A search without a word finds nothing. */
export const matchOf = (search: string): WordsQuery => ({ all: beginnings(termsOrNone(search)) });

/**
 * What a search finds with one rank: 1 where all its words are words of the name, 2 where all begin words of the name,
 * 3 where some do, 4 where only the description has them.
 */
export function matchOfRank(search: string, rank: Rank): WordsQuery {
  const terms = termsOrNone(search);
  const named = terms.map((term) => `${IN_NAME}${term}`);
  const whole: WordsQuery = { all: named.map((word) => ({ word, isBeginning: false })) };
  const begun: WordsQuery = { all: beginnings(named) };
  const some: WordsQuery = { all: [], any: beginnings(named) };
  if (rank === 1) return whole;
  if (rank === 2) return { ...begun, not: whole };
  if (rank === 3) return { all: beginnings(terms), any: beginnings(named), not: begun };
  return { all: beginnings(terms), not: some };
}

/** A mark alone is no word: it finds nothing. */
function termsOrNone(search: string): string[] {
  const terms = termsOf(search);
  return terms.length > 0 ? terms : ['!'];
}
