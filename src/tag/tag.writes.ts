import type { EntityManager } from '@mikro-orm/core';
import { findTakenSlugs, flush, getForUpdate, slugTaken } from '../database/unit-of-work.js';
import { ConflictError } from '../errors.js';
import { leaveTag } from '../product/product.writes.js';
import { validate } from '../shared/input-rules.js';
import { findFreeSlug, toSlug } from '../shared/slug.js';
import { Tag } from './tag.entity.js';
import { type CreateTagInput, createTagRules, type UpdateTagInput, updateTagRules } from './tag.inputs.js';

/** @throws ConflictError for a name or slug that is taken */
export async function createTag(em: EntityManager, input: CreateTagInput): Promise<Tag> {
  const { name, slug } = validate(createTagRules, input);
  const tag = em.create(Tag, { name, slug: slug ?? (await findFreeSlug(toSlug(name), findTakenSlugs(em, Tag))) });
  await flushTag(em, tag, !slug);
  return tag;
}

/** @throws ConflictError for a name or slug that is taken */
export async function updateTag(
  em: EntityManager,
  id: string,
  input: UpdateTagInput,
  expectedVersion?: number,
): Promise<Tag> {
  const { name, slug } = validate(updateTagRules, input);
  const tag = await getForUpdate(em, Tag, id, expectedVersion);
  if (name !== undefined) tag.name = name;
  if (slug !== undefined) tag.slug = slug;
  await flushTag(em, tag, false);
  return tag;
}

/** Deletes a tag; its products lose it. */
export async function deleteTag(em: EntityManager, tag: Tag): Promise<void> {
  await leaveTag(em, tag.id);
  em.remove(tag);
}

const flushTag = (em: EntityManager, tag: Tag, isGenerated: boolean) =>
  flush(em, {
    tags_slug_unique: slugTaken(tag.slug, isGenerated),
    tags_name_key_unique: () => new ConflictError(`A tag named "${tag.name}" exists already.`),
  });
