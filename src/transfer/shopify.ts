import { convert } from 'html-to-text';
import { CsvError, type Info, parse } from 'csv-parse';
import { pipeline, Readable } from 'node:stream';
import { SLUG, toSlug } from '../shared/slug.js';
import { parseMoney } from '../shared/money.js';
import type { FormatOptions } from './format.js';
import { bothPrices } from './prices.js';
import type { Link, Place, ProductRecord, Row } from './records.js';
import { RowCheck } from './row-check.js';
import { SourceError } from './transfer-error.js';

/** One line of the export: cells by column. */
interface Line {
  place: Place;
  cells: Record<string, string>;
  /** Why the line is no proper one. */
  problem: string | undefined;
}

const NAMES = {
  slug: 'Handle',
  name: 'Title',
  description: 'Body (HTML)',
  imageUrl: 'Image Src',
  priceShmeckles: 'Variant Price',
  priceFlurbos: 'Variant Price',
  stock: 'Variant Inventory Qty',
  category: 'Type',
  tags: 'Tags',
};

/**
 * Consecutive lines with one Handle are one product: its variants, and more of its images.
 * @see https://help.shopify.com/en/manual/products/import-export/using-csv
 */
export async function* readShopify(chunks: AsyncIterable<Buffer>, { rate, slugs }: FormatOptions): AsyncGenerator<Row> {
  for await (const lines of groupByHandle(readLines(chunks))) {
    const [{ place }] = lines;
    const check = new RowCheck(NAMES);
    const record = toProduct(lines, check, rate);
    if (check.problems.length === 0) check.claimSlug(slugs, 'product', record.slug, place.line);
    const { problems } = check;
    yield problems.length > 0
      ? { kind: 'product', place, problems }
      : { kind: 'product', place, record, origin: {}, names: NAMES };
  }
}

type Group = [Line, ...Line[]];

async function* groupByHandle(lines: AsyncIterable<Line>): AsyncGenerator<Group> {
  let group: Group | undefined;
  for await (const line of lines) {
    if (group && line.cells.Handle !== '' && line.cells.Handle === group[0].cells.Handle) group.push(line);
    else {
      if (group) yield group;
      group = [line];
    }
  }
  if (group) yield group;
}

/** @throws SourceError where the CSV itself is broken, such as by a quote that nobody closes */
async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  const parser = parse({
    columns: true,
    bom: true,
    info: true,
    raw: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  try {
    // A source that can't be read any further ends the parser with the same error.
    pipeline(Readable.from(chunks), parser, () => undefined);
    for await (const item of parser) yield toLine(item as ParsedLine);
  } catch (error) {
    if (error instanceof CsvError)
      throw new SourceError(Number(error.lines ?? parser.info.lines), `is broken: ${error.message}`);
    throw error;
  }
}

interface ParsedLine {
  record: Record<string, string>;
  info: Info & { error?: Error };
  raw: string;
}

function toLine({ record, info, raw }: ParsedLine): Line {
  // The parser counts the line on which a record ends; a quoted cell may hold many.
  const inner = raw.trimEnd().split(/\r\n|\n|\r/).length - 1;
  const cells = Object.fromEntries(Object.entries(record).map(([column, cell]) => [column, cell.trim()]));
  return { place: { line: info.lines - inner }, cells, problem: info.error?.message };
}

function toProduct(lines: Group, check: RowCheck, rate: string): ProductRecord {
  const [{ cells }] = lines;
  for (const { problem, place } of lines) if (problem) check.refuse('', `line ${place.line} is broken: ${problem}`);
  const fields = check.apply('product', {
    slug: slugOf(cells.Handle ?? ''),
    name: cells.Title,
    description: textOf(cells['Body (HTML)']),
    imageUrl: lines.map((line) => line.cells['Image Src']).find((url) => url),
    ...bothPrices(check, lowestPrice(lines, check), rate),
    stock: stockOf(lines, check),
    isActive: isActive(cells),
  });
  return { ...fields, category: categoryOf(cells.Type, check), tags: tagsOf(cells.Tags, check) };
}

const slugOf = (handle: string) => (SLUG.test(handle) || handle === '' ? handle : toSlug(handle));

/** HTML as the plain text that a reader would see. */
function textOf(html: string | undefined): string | null | undefined {
  if (html === undefined) return undefined;
  const text = convert(html, {
    wordwrap: false,
    selectors: [
      { selector: 'a', options: { ignoreHref: true } },
      { selector: 'img', format: 'skip' },
      ...HEADINGS.map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  });
  return text.trim() || null;
}

const HEADINGS = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'];

/** undefined, which is refused, where no variant has a price. */
function lowestPrice(lines: Group, check: RowCheck): string | undefined {
  let lowest: { amount: number; text: string } | undefined;
  for (const { cells } of lines) {
    const text = cells['Variant Price'];
    if (!text) continue;
    const amount = check.attempt('priceShmeckles', () => parseMoney(text));
    if (amount !== undefined && (!lowest || amount < lowest.amount)) lowest = { amount, text };
  }
  return lowest?.text;
}

/** undefined where nobody counts it. */
function stockOf(lines: Group, check: RowCheck): number | undefined {
  const counts = lines.map(({ cells }) => cells['Variant Inventory Qty']).filter((count) => count);
  if (!counts.every((count) => /^-?\d{1,10}$/.test(count ?? '')))
    return check.refuse('stock', 'must be a whole number');
  return counts.length > 0 ? counts.reduce((sum, count) => sum + Number(count), 0) : undefined;
}

/** undefined where neither column says anything. */
function isActive({ Published, Status }: Line['cells']): boolean | undefined {
  if (Status && Status.toLowerCase() !== 'active') return false;
  if (Published) return Published.toLowerCase() === 'true';
  return Status ? true : undefined;
}

function categoryOf(type: string | undefined, check: RowCheck): Link | null | undefined {
  if (!type) return type === undefined ? undefined : null;
  return { name: check.readName('category', 'category', type) };
}

const tagsOf = (tags: string | undefined, check: RowCheck): Link[] | undefined =>
  tags
    ?.split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '')
    .map((tag) => ({ name: check.readName('tag', 'tags', tag) }));
