import type { EntityManager } from '@mikro-orm/core';
import { DEEPEST_LEVEL, levelOf, pathBelow } from '../category/category-tree.js';
import { Category } from '../category/category.entity.js';
import { updateCategory } from '../category/category.writes.js';
import { BulkTable } from '../database/bulk-table.js';
import { changesOf, type StoredFields } from '../database/entity-rows.js';
import type { Database } from '../database/database.js';
import type { Id } from '../shared/id.js';
import { lock } from '../database/unit-of-work.js';
import { type Made, type Outcome, refuse, type Write } from './outcome.js';
import type { CategoryRecord, GoodRow, Origin } from './records.js';
import { upsert } from './upsert.js';

/** A category to be there: one of the rows, or one above a row, which is left as it is where it is there. */
interface Wanted {
  record: CategoryRecord;
  origin: Origin;
  row: GoodRow<'category'> | undefined;
}

/** The categories that are there, by slug. */
type Tree = Map<string, StoredFields>;

/** Categories by slug, parents before their children, in whatever order the rows come. */
export const categoryWriter = (database: Database): Write<'category'> => {
  const table = new BulkTable(database, Category);
  return async (em, rows) => {
    await lock(em, 'categoryTree');
    const wanted = wantedOf(rows);
    const slugs = wanted.flatMap(({ record: { slug, parent } }) => [slug, ...(parent ? [parent] : [])]);
    const tree: Tree = await table.findBySlugs(em, [...new Set(slugs)]);
    const there = new Set(tree.keys());
    const outcomes = await createMissing(em, table, tree, wanted);
    for (const { row } of wanted)
      if (row && there.has(row.record.slug)) outcomes.set(row.record.slug, await updateRow(em, tree, row));
    return {
      outcomes: rows.map(({ record }) => outcomes.get(record.slug) ?? 'unchanged'),
      made: madeBeside(wanted, outcomes),
    };
  };
};

/** The rows, each behind those above it that have no row of their own. */
function wantedOf(rows: readonly GoodRow<'category'>[]): Wanted[] {
  const wanted = new Map<string, Wanted>(
    rows.map((row) => [row.record.slug, { record: row.record, origin: row.origin, row }]),
  );
  for (const { record } of rows) {
    for (const [depth, { slug, name }] of (record.ancestors ?? []).entries()) {
      const parent = record.ancestors?.[depth - 1]?.slug ?? null;
      if (!wanted.has(slug)) wanted.set(slug, { record: { slug, name, parent }, origin: {}, row: undefined });
    }
  }
  return [...wanted.values()];
}

/** Makes what is not there, level by level: all whose parent is there at once. What never gets a parent is refused. */
async function createMissing(em: EntityManager, table: BulkTable, tree: Tree, wanted: Wanted[]) {
  const outcomes = new Map<string, Outcome>();
  let missing = wanted.filter(({ record }) => !tree.has(record.slug));
  while (missing.length > 0) {
    const ready = missing.filter(({ record: { parent } }) => !parent || tree.has(parent));
    if (ready.length === 0) break;
    await createBelow(em, table, tree, ready, outcomes);
    missing = missing.filter((category) => !ready.includes(category));
  }
  for (const { record } of missing)
    outcomes.set(record.slug, refuse('parent', `must be there: "${record.parent}" is not`));
  return outcomes;
}

async function createBelow(
  em: EntityManager,
  table: BulkTable,
  tree: Tree,
  ready: readonly Wanted[],
  outcomes: Map<string, Outcome>,
): Promise<void> {
  const items = [];
  for (const { record, origin } of ready) {
    const item = { slug: record.slug, fields: placed(record, tree), origin };
    if (levelOf(item.fields.ancestorPath) < DEEPEST_LEVEL) items.push(item);
    else outcomes.set(record.slug, refuse('parent', `must leave the tree at most ${DEEPEST_LEVEL} levels deep`));
  }
  const { ids } = await upsert(em, table, new Map(), items);
  for (const { slug, fields } of items) {
    outcomes.set(slug, 'created');
    tree.set(slug, { ...fields, id: ids.get(slug) as number, version: 1 });
  }
}

/** What a new category has, with the columns that follow from its place in the tree. */
function placed({ slug, name, isActive = true, parent }: CategoryRecord, tree: Tree) {
  const above = parent ? (tree.get(parent) as StoredFields & { ancestorPath: string; isVisible: boolean }) : null;
  return {
    slug,
    name,
    isActive,
    parent: above?.id ?? null,
    ancestorPath: pathBelow(above),
    isVisible: isActive && (above?.isVisible ?? true),
  };
}

/** Changes a category that is there by the API's own use case, which moves what stands below along. */
async function updateRow(em: EntityManager, tree: Tree, { record }: GoodRow<'category'>): Promise<Outcome> {
  const stored = tree.get(record.slug) as StoredFields;
  const parentId = record.parent ? tree.get(record.parent)?.id : record.parent;
  if (record.parent && parentId === undefined) return refuse('parent', `must be there: "${record.parent}" is not`);
  const changed = changesOf(stored, { name: record.name, isActive: record.isActive, parent: parentId });
  if (Object.keys(changed).length === 0) return 'unchanged';
  const { parent, ...fields } = changed as { parent?: Id | null };
  const move = parent === undefined ? {} : { parentId: parent === null ? null : String(parent) };
  await updateCategory(em, String(stored.id), { ...fields, ...move });
  return 'updated';
}

function madeBeside(wanted: readonly Wanted[], outcomes: ReadonlyMap<string, Outcome>): Made {
  return wanted
    .filter(({ row, record }) => !row && outcomes.get(record.slug) === 'created')
    .map(({ record }) => ({ kind: 'category', slug: record.slug }));
}
