import { transliterate } from 'transliteration';

/** Lower-case ASCII letters and digits, in parts joined by single hyphens. */
export const SLUG = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
export const LONGEST_SLUG = 200;

// Room that a slug made from a name leaves for the number that makes it unique.
const LONGEST_BASE = LONGEST_SLUG - 11;

/** A slug from any text: transliterated to ASCII, cut at a length that leaves room for a number; `item` where nothing is left. */
export function toSlug(text: string): string {
  const slug = transliterate(text.normalize('NFC').slice(0, LONGEST_SLUG * 2))
    .toLowerCase()
    .replaceAll(/['’`"]/g, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, LONGEST_BASE)
    .replace(/-+$/, '');
  return slug || 'item';
}

const numbered = (base: string, number: number) => (number === 1 ? base : `${base}-${number}`);

/**
 * The first free slug that a doubling search meets: `base` itself, else `base-2`, `base-3` and so on.
 * Looks at about log₂ n slugs where n of the form are taken, instead of at all of them.
 * @param findTaken which of the slugs asked about exist already
 */
export async function findFreeSlug(
  base: string,
  findTaken: (slugs: string[]) => Promise<Set<string>>,
): Promise<string> {
  // Most are free.
  if ((await findTaken([base])).size === 0) return base;
  const numbers = Array.from({ length: 31 }, (_, exponent) => 2 ** exponent);
  const taken = await findTaken(numbers.map((number) => numbered(base, number)));
  const firstFree = numbers.findIndex((number) => !taken.has(numbered(base, number)));
  let free = numbers[firstFree] ?? 1;
  let used = numbers[firstFree - 1] ?? free;
  while (free - used > 1) {
    const middle = Math.floor((free + used) / 2);
    const slug = numbered(base, middle);
    if ((await findTaken([slug])).has(slug)) used = middle;
    else free = middle;
  }
  return numbered(base, free);
}
