import { toSlug } from '../shared/slug.js';
import type { FormatOptions } from './format.js';
import { splitJsonList } from './json-records.js';
import { type Draft, type JsonObject, toRow } from './json-rows.js';
import type { CategoryRecord, Row } from './records.js';
import type { RowCheck } from './row-check.js';

const NAMES = { slug: 'id', parent: 'path' };

/**
 * Best Buy's category ids become slugs: names repeat all over the tree, ids are stable.
 * @see https://github.com/BestBuyAPIs/open-data-set
 */
export async function* readBestBuyCategories(
  chunks: AsyncIterable<Buffer>,
  { slugs }: FormatOptions,
): AsyncGenerator<Row> {
  for await (const raw of splitJsonList(chunks, 'categories')) {
    yield toRow(raw, 'category', NAMES, (category, check, { line }) => {
      const drafted = draftCategory(category, check);
      if (check.problems.length === 0) check.claimSlug(slugs, 'category', drafted.record.slug, line);
      return drafted;
    });
  }
}

function draftCategory({ id, name, path }: JsonObject, check: RowCheck): Draft {
  const fields = check.apply('category', { slug: slugOf(id), name });
  const ancestors = Array.isArray(path) ? path.slice(0, -1).map((above) => ancestorOf(above, check)) : undefined;
  if (!ancestors) check.refuse('parent', 'must be a list of the categories from the root down');
  const record: CategoryRecord = { ...fields, parent: ancestors?.at(-1)?.slug ?? null, ancestors };
  return { kind: 'category', record, origin: {} };
}

function ancestorOf(above: unknown, check: RowCheck): { slug: string; name: string } {
  const { id, name } = (above ?? {}) as JsonObject;
  if (typeof id !== 'string' || id === '') check.refuse('parent', 'must name each category by its id');
  return { slug: slugOf(id) ?? '', name: check.readName('category', 'parent', name) };
}

const slugOf = (id: unknown) => (typeof id === 'string' && id !== '' ? toSlug(id) : undefined);
