import type { EntityManager } from '@mikro-orm/core';
import { boundRows } from '../database/bound-query.js';
import type { Id } from '../shared/id.js';
import { COUNTED_TABLES, madeCounts } from './product-counts.js';

/** New products, as far as they are counted. */
interface Counted {
  readonly category: readonly (Id | null)[];
  readonly isActive: readonly boolean[];
  readonly tagIds: readonly (readonly Id[])[];
}

/** The id of the one row for products without a category. */
const ONLY_ROW = 1;

/** Adds many new products to SQLite's numbers, each number once, as the triggers do row by row. */
export function addMadeCounts(em: EntityManager, { category, isActive, tagIds }: Counted): void {
  const counts = { categories: new Counts(), tags: new Counts(), uncategorized_products: new Counts() };
  for (const [at, id] of category.entries()) {
    const actives = Number(isActive[at]);
    if (id === null) counts.uncategorized_products.add(ONLY_ROW, actives);
    else counts.categories.add(id, actives);
    for (const tag of tagIds[at] ?? []) counts.tags.add(tag, actives);
  }
  for (const table of COUNTED_TABLES) boundRows(em, madeCounts.statements[table], counts[table].rows());
}

class Counts {
  private readonly byId = new Map<Id, { products: number; actives: number }>();

  add(id: Id, actives: number): void {
    const count = this.byId.get(id) ?? { products: 0, actives: 0 };
    count.products += 1;
    count.actives += actives;
    this.byId.set(id, count);
  }

  rows(): [number, number, Id][] {
    return [...this.byId].map(([id, { products, actives }]) => [products, actives, id]);
  }
}
