import { hash } from 'node:crypto';
import { instantWithin } from './date-time.js';
import { type Id, LARGEST_ID } from './id.js';

/**
 * A place in a list: the sort key and the id of the row that stands there.
 *
 * As text it is `fingerprint.id` or `fingerprint.id.key`, and the statement that reads the list writes it (see
 * `Dialect.cursorText`); a text key is in hexadecimal. The fingerprint binds it to the list's order and filter.
 */
export interface Cursor {
  id: Id;
  key: string | number | Date | undefined;
}

export type CursorKeyType = 'text' | 'integer' | 'bigint' | 'float' | 'instant';

/** Eight hexadecimal digits that stand for a list's order and filter. */
export function fingerprintOf(ordering: unknown): string {
  return hash('sha1', JSON.stringify(ordering)).slice(0, 8);
}

/**
 * The place that a cursor names.
 * @param type what the list's sort key is; undefined where it is sorted by id alone
 * @param largestId that a row of the list can have
 * @returns undefined for a text that is no cursor of a list with this fingerprint
 */
export function parseCursor(
  text: string,
  fingerprint: string,
  type: CursorKeyType | undefined,
  largestId: Id = LARGEST_ID,
): Cursor | undefined {
  // Everything behind the second point is the key: a floating-point number has a point of its own.
  const [, print, idText = '', keyText] = /^([^.]*)\.([^.]*)(?:\.([^]*))?$/.exec(text) ?? [];
  const id = /^[1-9]\d{0,15}$/.test(idText) ? Number(idText) : Infinity;
  if (print !== fingerprint || id > largestId) return undefined;
  if (keyText === undefined || type === undefined) return keyText === type ? { id, key: undefined } : undefined;
  const key = parseKey(keyText, type);
  return key === undefined ? undefined : { id, key };
}

function parseKey(text: string, type: CursorKeyType): Cursor['key'] {
  if (type === 'text') return parseHexadecimal(text);
  if (type === 'float') return parseFloatingPoint(text);
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  return type === 'instant' ? instantWithin(Number(text)) : Number(text);
}

function parseFloatingPoint(text: string): number | undefined {
  const key = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(key) ? key : undefined;
}

function parseHexadecimal(text: string): string | undefined {
  if (!/^(?:[0-9A-F]{2})*$/.test(text)) return undefined;
  const key = Buffer.from(text, 'hex').toString('utf8');
  // What is not UTF-8 comes back changed, and a database would refuse a NUL.
  return Buffer.from(key, 'utf8').toString('hex').toUpperCase() === text && !key.includes('\0') ? key : undefined;
}
