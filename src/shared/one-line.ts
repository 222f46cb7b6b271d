const CHARACTERS = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * A text on one line, with an ellipsis where it is too long.
 * @param most characters, as people count them
 */
export function oneLine(text: string, most: number): string {
  // What is far beyond the limit need not be looked at.
  const line = text
    .slice(0, most * 20)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .toWellFormed();
  const kept = Array.from(CHARACTERS.segment(line), ({ segment }) => segment);
  if (kept.length <= most && text.length <= most * 20) return line;
  return `${kept
    .slice(0, most - 1)
    .join('')
    .trimEnd()}…`;
}
