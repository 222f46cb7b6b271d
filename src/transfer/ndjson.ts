import { z } from 'zod';
import { parseDateTime } from '../shared/date-time.js';
import { LARGEST_ID } from '../shared/id.js';
import { slug, wholeNumber } from '../shared/input-rules.js';
import { parseMoney } from '../shared/money.js';
import type { FormatOptions } from './format.js';
import { splitLines } from './json-records.js';
import { type Draft, type JsonObject, toRow } from './json-rows.js';
import { type Kind, KINDS, type Origin, type Row } from './records.js';
import type { RowCheck } from './row-check.js';

const idRule = wholeNumber(1, LARGEST_ID).optional();
const versionRule = wholeNumber(1, LARGEST_ID).optional();
const linkRule = slug.nullish();
const linksRule = z.array(slug, 'must be a list of slugs').optional();

// Those of the records themselves.
const NAMES = {};

/** What `catalog export` writes: one object a line, entries named by their slugs. */
export async function* readNdjson(chunks: AsyncIterable<Buffer>, { slugs }: FormatOptions): AsyncGenerator<Row> {
  for await (const raw of splitLines(chunks)) {
    yield toRow(raw, undefined, NAMES, (value, check, { line }) => {
      const kind = KINDS.find((known) => known === value.type);
      if (!kind) return check.refuse('type', `must be one of ${KINDS.join(', ')}`);
      const drafted: Draft = { kind, record: RECORDS[kind](value, check), origin: originOf(value, check) };
      if (check.problems.length === 0) check.claimSlug(slugs, kind, drafted.record.slug, line);
      return drafted;
    });
  }
}

const RECORDS: Record<Kind, (value: JsonObject, check: RowCheck) => Draft['record']> = {
  category: (value, check) => ({
    ...check.apply('category', value),
    parent: check.read('parent', linkRule, value.parent),
  }),
  tag: (value, check) => check.apply('tag', value),
  product: readProduct,
  user: (value, check) => check.apply('user', value),
};

function readProduct(value: JsonObject, check: RowCheck): Draft['record'] {
  const priceShmeckles = check.attempt('priceShmeckles', () => parseMoney(value.priceShmeckles));
  const priceFlurbos = check.attempt('priceFlurbos', () => parseMoney(value.priceFlurbos));
  const category = check.read('category', linkRule, value.category);
  return {
    ...check.apply('product', { ...value, priceShmeckles, priceFlurbos }),
    category: typeof category === 'string' ? { slug: category } : category,
    tags: check.read('tags', linksRule, value.tags)?.map((tag) => ({ slug: tag })),
  };
}

function originOf(value: JsonObject, check: RowCheck): Origin {
  const instant = (path: 'createdAt' | 'updatedAt') =>
    value[path] === undefined ? undefined : check.attempt(path, () => parseDateTime(value[path]));
  return {
    id: check.read('id', idRule, value.id),
    version: check.read('version', versionRule, value.version),
    createdAt: instant('createdAt'),
    updatedAt: instant('updatedAt'),
  };
}
