import { type EntityManager, ref } from '@mikro-orm/core';
import { execute, findTakenSlugs, flush, getForUpdate, lock, slugTaken } from '../database/unit-of-work.js';
import { BadUserInputError, ConflictError, NotFoundError } from '../errors.js';
import { toId } from '../shared/id.js';
import { validate } from '../shared/input-rules.js';
import { findFreeSlug, toSlug } from '../shared/slug.js';
import { leaveCategory } from '../product/product.writes.js';
import { DEEPEST_LEVEL, isWithin, levelOf, pathBehind, pathBelow } from './category-tree.js';
import { Category } from './category.entity.js';
import {
  type CreateCategoryInput,
  createCategoryRules,
  type UpdateCategoryInput,
  updateCategoryRules,
} from './category.inputs.js';

/**
 * @throws NotFoundError for a parent that is not there; ConflictError for a slug, or a name among the siblings, that is taken
 */
export async function createCategory(em: EntityManager, input: CreateCategoryInput): Promise<Category> {
  const { name, slug, parentId, isActive } = validate(createCategoryRules, input);
  await lock(em, 'categoryTree');
  const parent = await findParent(em, parentId);
  assertLevel(pathBelow(parent), 0);
  const active = isActive ?? true;
  const category = em.create(Category, {
    name,
    slug: slug ?? (await findFreeSlug(toSlug(name), findTakenSlugs(em, Category))),
    isActive: active,
    parent,
    ancestorPath: pathBelow(parent),
    isVisible: active && (parent?.isVisible ?? true),
  });
  await flushCategory(em, category, !slug);
  return category;
}

/**
 * Changes a category, and moves it with everything below it where its parent changes.
 * @throws ConflictError for a move below itself, and as createCategory
 */
export async function updateCategory(
  em: EntityManager,
  id: string,
  input: UpdateCategoryInput,
  expectedVersion?: number,
): Promise<Category> {
  const changes = validate(updateCategoryRules, input);
  const changesTree = changes.parentId !== undefined || changes.isActive !== undefined;
  if (changesTree) await lock(em, 'categoryTree');
  const category = await getForUpdate(em, Category, id, expectedVersion);
  const oldPath = pathBelow(category);
  if (changes.name !== undefined) category.name = changes.name;
  if (changes.slug !== undefined) category.slug = changes.slug;
  if (changes.isActive !== undefined) category.isActive = changes.isActive;
  if (changesTree) await placeBelow(em, category, changes.parentId);
  await flushCategory(em, category, false);
  if (changesTree) await updateDescendants(em, oldPath, pathBelow(category));
  return category;
}

/** A category that may be deleted. @throws ConflictError while it has children */
export async function getCategoryToDelete(em: EntityManager, id: string, expectedVersion?: number): Promise<Category> {
  await lock(em, 'categoryTree');
  const category = await getForUpdate(em, Category, id, expectedVersion);
  const children = await em.count(Category, { parent: category });
  if (children > 0)
    throw new ConflictError(`Category ${category.id} has ${children} children: delete or move them first.`);
  return category;
}

/** Deletes a category; its products lose it. */
export async function deleteCategory(em: EntityManager, category: Category): Promise<void> {
  await leaveCategory(em, category.id);
  em.remove(category);
}

async function findParent(em: EntityManager, parentId: string | null | undefined): Promise<Category | null> {
  if (parentId === undefined || parentId === null) return null;
  const parent = await em.findOne(Category, { id: toId(parentId) });
  if (!parent) throw new NotFoundError('Category', parentId);
  return parent;
}

/** Puts a category below a parent; undefined leaves it where it is. */
async function placeBelow(em: EntityManager, category: Category, parentId: string | null | undefined): Promise<void> {
  const parent =
    parentId === undefined ? await category.parent?.load({ refresh: true }) : await findParent(em, parentId);
  if (parent && isWithin(parent, category)) {
    throw new ConflictError(`Category ${category.id} cannot move below itself or its own descendant ${parent.id}.`);
  }
  if (pathBelow(parent ?? null) !== category.ancestorPath)
    assertLevel(pathBelow(parent ?? null), await heightOf(em, category));
  category.parent = parent ? ref(parent) : null;
  category.ancestorPath = pathBelow(parent ?? null);
  category.isVisible = category.isActive && (parent?.isVisible ?? true);
}

function assertLevel(ancestorPath: string, levelsBelow: number): void {
  if (levelOf(ancestorPath) + levelsBelow < DEEPEST_LEVEL) return;
  throw new BadUserInputError([
    { path: 'input.parentId', message: `must leave the tree at most ${DEEPEST_LEVEL} levels deep` },
  ]);
}

/** How many levels stand below a category. */
async function heightOf(em: EntityManager, category: Category): Promise<number> {
  const path = pathBelow(category);
  const below = await em.find(
    Category,
    { ancestorPath: { $gte: path, $lt: pathBehind(path) } },
    { fields: ['ancestorPath'], disableIdentityMap: true },
  );
  const own = levelOf(category.ancestorPath);
  return below.reduce((height, { ancestorPath }) => Math.max(height, levelOf(ancestorPath) - own), 0);
}

/** Moves the paths of all descendants along, and shows or hides them with their ancestors. */
async function updateDescendants(em: EntityManager, oldPath: string, newPath: string): Promise<void> {
  if (newPath !== oldPath) {
    await execute(
      em,
      'update categories set ancestor_path = ? || substr(ancestor_path, ?) where ancestor_path >= ? and ancestor_path < ?',
      [newPath, oldPath.length + 1, oldPath, pathBehind(oldPath)],
    );
  }
  const hidden =
    "exists (select 1 from categories as a where not a.is_active and categories.ancestor_path >= a.ancestor_path || a.id || '/' and categories.ancestor_path < a.ancestor_path || a.id || '0')";
  await execute(
    em,
    `update categories set is_visible = (is_active and not ${hidden}) where ancestor_path >= ? and ancestor_path < ?`,
    [newPath, pathBehind(newPath)],
  );
}

const flushCategory = (em: EntityManager, category: Category, isGenerated: boolean) =>
  flush(em, {
    categories_slug_unique: slugTaken(category.slug, isGenerated),
    categories_ancestor_path_name_unique: () =>
      new ConflictError(`A category named "${category.name}" stands there already.`),
  });
