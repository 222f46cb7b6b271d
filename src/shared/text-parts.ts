import { foldCase } from './text.js';

/**
 * How a part of a text is found by an index, on both databases alike: an index holds each three characters of a text
 * that stand together, and its last two and its last one. So a part of three characters or more has all its threes
 * there, and a shorter part begins one. What the index finds is compared with the whole part afterwards.
 */
const GRAM = 3;

/** Stands behind a text's last character, so that the empty part is found, too. */
export const END = '\u2403';

/** More of a part's threes are not looked up: what has that many has the rest, or is told by the comparison. */
const MOST_GRAMS = 64;

/** What to look up in the index for a part of a text. */
export interface PartQuery {
  /** All of these. */
  grams: readonly string[];
  /** Whether a gram is a beginning, rather than a whole one. */
  isBeginning: boolean;
}

/** What to look up for the texts that hold a part, without case. The empty part is in every text. */
export function partQueryOf(part: string): PartQuery {
  const characters = Array.from(foldCase(part));
  if (characters.length === 0) return { grams: [END], isBeginning: false };
  if (characters.length < GRAM) return { grams: [characters.join('')], isBeginning: true };
  const threes = characters
    .slice(0, characters.length - GRAM + 1)
    .map((_, at) => characters.slice(at, at + GRAM).join(''));
  return { grams: [...new Set(threes)].slice(0, MOST_GRAMS), isBeginning: false };
}
