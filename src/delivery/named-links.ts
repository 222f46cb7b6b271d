import type { EntityManager } from '@mikro-orm/core';
import { Category } from '../category/category.entity.js';
import { toId } from '../shared/id.js';
import { Tag } from '../tag/tag.entity.js';
import type { FieldChange } from '../event/event.entity.js';
import type { Told } from './told.js';

/** The fields that hold ids of other entries, and what they are called where these have names. */
const LINKS: Readonly<Record<string, { field: string; type: typeof Category | typeof Tag }>> = {
  tagIds: { field: 'tags', type: Tag },
  categoryId: { field: 'category', type: Category },
  parentId: { field: 'parent', type: Category },
};

/** Events whose changes name what an entry is linked to, for people: as it is called now, by its id where it is gone. */
export async function withNamedLinks(em: EntityManager, told: readonly Told[]): Promise<Told[]> {
  const categories = await namesOf(em, Category, told);
  const tags = await namesOf(em, Tag, told);
  const named = (change: FieldChange): FieldChange => {
    const link = LINKS[change.field];
    if (!link) return change;
    const names = link.type === Tag ? tags : categories;
    return { field: link.field, before: nameIn(names, change.before), after: nameIn(names, change.after) };
  };
  return told.map(({ event, topics }) => ({ event: { ...event, changes: event.changes?.map(named) ?? null }, topics }));
}

async function namesOf(
  em: EntityManager,
  type: typeof Category | typeof Tag,
  told: readonly Told[],
): Promise<Map<string, string>> {
  const changes = told.flatMap(({ event }) => event.changes ?? []).filter(({ field }) => LINKS[field]?.type === type);
  const linked = changes.flatMap(({ before, after }) => [before, after]).flat();
  const ids = new Set(linked.filter((id) => typeof id === 'string'));
  if (ids.size === 0) return new Map();
  const entries = await em.find(
    type as typeof Tag,
    { id: { $in: [...ids].map((id) => toId(id)) } },
    { fields: ['name'] },
  );
  return new Map(entries.map(({ id, name }) => [String(id), name]));
}

function nameIn(names: ReadonlyMap<string, string>, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => nameIn(names, each));
  return typeof value === 'string' ? (names.get(value) ?? `#${value}`) : value;
}
