import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { createCategory } from '../category/category.writes.js';
import { boundSql } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import type { Sql } from '../database/dialect.js';
import type { Id } from '../shared/id.js';
import { toSlug } from '../shared/slug.js';
import { foldCase } from '../shared/text.js';
import { createTag } from '../tag/tag.writes.js';
import type { Made } from './outcome.js';
import type { Link } from './records.js';

/** Where links lead. */
export interface Links {
  /** In the order of the links; undefined where there is no such entry. */
  ids: (Id | undefined)[];
  made: Made;
}

/** What links of one kind lead to. */
interface Target {
  kind: 'category' | 'tag';
  table: Sql;
  /** Which entries are found by their name. */
  isNamed: Sql;
  make(em: EntityManager, entry: { name: string; slug?: string }): Promise<Linked>;
}

interface Linked {
  id: Id;
  slug: string;
  name: string;
}

const CATEGORIES: Target = {
  kind: 'category',
  table: sql.table('categories'),
  // Further down, a name stands for something else below each parent.
  isNamed: sql`parent_id is null`,
  make: createCategory,
};
const TAGS: Target = { kind: 'tag', table: sql.table('tags'), isNamed: sql`1 = 1`, make: createTag };

/** Finds the categories that products name, and makes the missing ones as roots. */
export const resolveCategories = (em: EntityManager, database: Database, links: readonly Link[]): Promise<Links> =>
  resolve(em, database, links, CATEGORIES);

/** Finds the tags that products name, and makes the missing ones. */
export const resolveTags = (em: EntityManager, database: Database, links: readonly Link[]): Promise<Links> =>
  resolve(em, database, links, TAGS);

/** @param links each once */
async function resolve(em: EntityManager, database: Database, links: readonly Link[], target: Target): Promise<Links> {
  const known = new KnownEntries();
  if (links.length > 0) await known.load(em, database, links, target);
  const made: { kind: 'category' | 'tag'; slug: string }[] = [];
  const ids: Links['ids'] = [];
  for (const link of links) {
    let entry = known.find(link);
    if (!entry && link.name !== undefined) {
      entry = await target.make(em, { name: link.name, slug: link.slug });
      known.add(entry, true);
      made.push({ kind: target.kind, slug: entry.slug });
    }
    ids.push(entry?.id);
  }
  return { ids, made };
}

class KnownEntries {
  private readonly bySlug = new Map<string, Linked>();
  private readonly byName = new Map<string, Linked>();

  add(entry: Linked, isNamed: boolean): void {
    const key = foldCase(entry.name);
    this.bySlug.set(entry.slug, entry);
    if (isNamed && !this.byName.has(key)) this.byName.set(key, entry);
  }

  async load(
    em: EntityManager,
    { dialect }: Database,
    links: readonly Link[],
    { table, isNamed }: Target,
  ): Promise<void> {
    const slugs = new Set(links.map(({ slug, name }) => slug ?? toSlug(name)));
    const keys = new Set(links.flatMap(({ name }) => (name === undefined ? [] : [foldCase(name)])));
    const isIn = (column: string, list: Set<string>) =>
      dialect.isIn(sql.ref(column), dialect.toDriverList([...list]), 'text');
    const rows = await boundSql<Linked & { named: boolean | number }>(
      em,
      dialect,
      sql`select id, slug, name, ${isNamed} as named from ${table} where ${isIn('slug', slugs)} or (${isIn('name_key', keys)} and ${isNamed}) order by id`,
    );
    for (const row of rows) this.add(row, Boolean(row.named));
  }

  find({ slug, name }: Link): Linked | undefined {
    if (slug !== undefined && this.bySlug.has(slug)) return this.bySlug.get(slug);
    if (name === undefined) return undefined;
    return this.byName.get(foldCase(name)) ?? (slug === undefined ? this.findRenamed(toSlug(name)) : undefined);
  }

  /** The entry that was made from such a name and has got another since; "C++" is no such entry to "C#". */
  private findRenamed(slug: string): Linked | undefined {
    const entry = this.bySlug.get(slug);
    return entry && toSlug(entry.name) !== slug ? entry : undefined;
  }
}
