import { readBestBuyCategories } from './bestbuy.js';
import { readDummyJsonProducts, readDummyJsonUsers } from './dummyjson.js';
import type { Format } from './format.js';
import { splitJsonList } from './json-records.js';
import { readNdjson } from './ndjson.js';
import { KINDS } from './records.js';
import { readShopify } from './shopify.js';
import { SourceError, TransferError } from './transfer-error.js';

/** All formats that can be imported, by the name that `--format` takes. */
export const FORMATS = {
  ndjson: readNdjson,
  'dummyjson-products': readDummyJsonProducts,
  'dummyjson-users': readDummyJsonUsers,
  shopify: readShopify,
  'bestbuy-categories': readBestBuyCategories,
} satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

export const FORMAT_NAMES = Object.keys(FORMATS) as FormatName[];

/**
 * The format that a source's first bytes are of. A source that holds nothing is an export of nothing.
 * @throws TransferError where it can't be told
 */
export async function detectFormat(name: string, head: Buffer): Promise<FormatName> {
  const text = head.toString().trimStart();
  if (text === '') return 'ndjson';
  const format = text.startsWith('[') || text.startsWith('{') ? await detectJson(text, head) : detectCsv(text);
  if (format) return format;
  throw new TransferError(`The format of ${name} can't be told: name it with --format ${FORMAT_NAMES.join('|')}.`);
}

function detectCsv(text: string): FormatName | undefined {
  const [header = ''] = text.split(/[\r\n]/, 1);
  const columns = new Set(header.split(',').map((column) => column.replaceAll('"', '').trim()));
  return columns.has('Handle') && columns.has('Title') ? 'shopify' : undefined;
}

async function detectJson(text: string, head: Buffer): Promise<FormatName | undefined> {
  const [firstLine = ''] = text.split('\n', 1);
  // A first line that is broken is for the import to tell.
  if (/^\{\s*"type"\s*:/.test(text) || isKind(keysOf(firstLine)?.type)) return 'ndjson';
  for (const [key, format] of [
    ['products', 'dummyjson-products'],
    ['users', 'dummyjson-users'],
    ['categories', 'bestbuy-categories'],
  ] as const) {
    const first = keysOf(await firstElement(head, key));
    if (first && MARKS[format].every((mark) => mark in first)) return format;
  }
  return undefined;
}

const isKind = (type: unknown) => KINDS.some((kind) => kind === type);

/** The fields by which the elements of a list are told. */
const MARKS = {
  'dummyjson-products': ['title', 'price'],
  'dummyjson-users': ['username', 'firstName'],
  'bestbuy-categories': ['id', 'name', 'path'],
};

async function firstElement(head: Buffer, key: string): Promise<string> {
  try {
    for await (const { bytes } of splitJsonList(oneChunk(head), key)) return bytes.toString();
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
  }
  return '';
}

async function* oneChunk(chunk: Buffer): AsyncGenerator<Buffer> {
  yield chunk;
}

function keysOf(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
