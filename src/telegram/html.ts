import { oneLine } from '../shared/one-line.js';

/** A text that stands for itself in Telegram's HTML, in an attribute's quotes too. */
export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export const bold = (html: string): string => `<b>${html}</b>`;

export const link = (html: string, url: string): string => `<a href="${escapeHtml(url)}">${html}</a>`;

/** Text of Telegram's HTML as it is read: for a terminal. */
export const htmlToText = (html: string): string =>
  html
    .replaceAll(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

/** A text on one line, cut where it is too long, and escaped. Cut first: no escape is cut in two. */
export const shortText = (text: string, most: number): string => escapeHtml(oneLine(text, most));

/**
 * As many pieces as fit into a length, whole ones, and what is said of those that don't.
 * @param rest of how many are left out; it fits where the first piece does
 */
export function fitted(
  pieces: readonly string[],
  separator: string,
  most: number,
  rest: (leftOut: number) => string,
): string {
  const whole = pieces.join(separator);
  if (whole.length <= most) return whole;
  for (let count = fittingCount(pieces, separator, most); count > 0; count -= 1) {
    const text = [...pieces.slice(0, count), rest(pieces.length - count)].join(separator);
    if (text.length <= most) return text;
  }
  return rest(pieces.length);
}

function fittingCount(pieces: readonly string[], separator: string, most: number): number {
  let length = -separator.length;
  let count = 0;
  for (const piece of pieces) {
    length += separator.length + piece.length;
    if (length > most) break;
    count += 1;
  }
  return count;
}
