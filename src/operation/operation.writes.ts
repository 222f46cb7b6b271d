import type { EntityManager } from '@mikro-orm/core';
import type { BuiltOperation } from './manifest.js';
import { RegisteredOperation } from './registered-operation.entity.js';

/** Registers operations; one that is there under the same id is replaced. */
export async function addOperations(em: EntityManager, operations: readonly BuiltOperation[]): Promise<void> {
  const addedAt = new Date();
  for (const { id, name, text } of operations) {
    const kept = await em.findOne(RegisteredOperation, id);
    if (!kept) em.create(RegisteredOperation, { id, name, text, addedAt });
    else if (kept.text !== text) Object.assign(kept, { name, text, addedAt });
  }
  await em.flush();
}

/** All operations, by name. */
export const listOperations = (em: EntityManager): Promise<RegisteredOperation[]> =>
  em.find(RegisteredOperation, {}, { orderBy: { name: 'asc', id: 'asc' }, disableIdentityMap: true });

/** @returns the ids of those that were there */
export async function removeOperations(em: EntityManager, ids: readonly string[]): Promise<string[]> {
  const kept = await em.find(RegisteredOperation, { id: { $in: [...ids] } });
  for (const operation of kept) em.remove(operation);
  await em.flush();
  return kept.map(({ id }) => id);
}
