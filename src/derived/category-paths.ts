import { sql } from 'kysely';
import { pathBelow, ROOT_PATH } from '../category/category-tree.js';
import type { Config } from '../config.js';
import { boundSql } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import { constant, type Sql } from '../database/dialect.js';
import { readSnapshot } from '../database/snapshot.js';
import { lock, unitOfWork } from '../database/unit-of-work.js';
import type { Id } from '../shared/id.js';
import type { CheckOptions, CheckOutcome } from './wrong.js';

interface Placed {
  id: Id;
  slug: string;
  parent_id: Id | null;
  ancestor_path: string;
  is_active: boolean | number;
  is_visible: boolean | number;
}

/** Where a category stands by its parents. */
interface Place {
  ancestorPath: string;
  isVisible: boolean;
}

const CATEGORIES = sql`select id, slug, parent_id, ancestor_path, is_active, is_visible from categories order by id`;

/** Climbs from each category to its root, to see whether path and visibility are what its parents make of them. */
export async function checkCategoryPaths(
  config: Config['database'],
  database: Database,
  options: CheckOptions,
): Promise<CheckOutcome> {
  const categories = await readSnapshot(config, database, (query) => query<Placed>(CATEGORIES));
  const wrong = findMisplaced(categories);
  if (options.repairs && wrong.size > 0) await repair(database);
  for (const [{ id, slug }, place] of wrong)
    options.onWrong(
      place
        ? `categories ${id} (${slug}): path or visibility not those of its parents`
        : `categories ${id} (${slug}): stands below itself; move one of its ancestors to the top`,
    );
  const unplaced = [...wrong.values()].filter((place) => !place).length;
  return { found: wrong.size, left: options.repairs ? unplaced : wrong.size };
}

function repair(database: Database): Promise<void> {
  const { dialect } = database;
  return unitOfWork(database, async (em) => {
    await lock(em, 'categoryTree');
    const run = <Row>(statement: Sql) => boundSql<Row>(em, dialect, statement);
    for (const [{ id }, place] of findMisplaced(await run<Placed>(CATEGORIES))) {
      if (!place) continue;
      const isVisible = constant(place.isVisible);
      await run(
        sql`update categories set ancestor_path = ${place.ancestorPath}, is_visible = ${isVisible} where id = ${id}`,
      );
    }
  });
}

/** Those that stand elsewhere than they should, and where that is; undefined for one that stands below itself. */
function findMisplaced(categories: readonly Placed[]): Map<Placed, Place | undefined> {
  const byId = new Map(categories.map((category) => [category.id, category]));
  const placeOf = ({ id, parent_id, is_active }: Placed, below: readonly Id[] = []): Place | undefined => {
    if (below.includes(id)) return undefined;
    const parent = parent_id === null ? undefined : byId.get(parent_id);
    if (!parent) return { ancestorPath: ROOT_PATH, isVisible: Boolean(is_active) };
    const above = placeOf(parent, [...below, id]);
    return (
      above && {
        ancestorPath: pathBelow({ id: parent.id, ancestorPath: above.ancestorPath }),
        isVisible: above.isVisible && Boolean(is_active),
      }
    );
  };
  const misplaced = new Map<Placed, Place | undefined>();
  for (const category of categories) {
    const place = placeOf(category);
    const isRight = place?.ancestorPath === category.ancestor_path && place.isVisible === Boolean(category.is_visible);
    if (!isRight) misplaced.set(category, place);
  }
  return misplaced;
}
