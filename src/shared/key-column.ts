import type { PropertyOptions } from '@mikro-orm/core';
import { TextType } from '@mikro-orm/core';

/**
 * A text that is compared byte by byte on every database, so that both sort alike and a prefix is an index range.
 * SQLite does so by itself; for PostgreSQL the column gets the collation "C" (see database/orm.ts).
 */
export class KeyType extends TextType {}

/** Options of a column that holds such a text. A new object each time: the decorators write into it. */
export const keyColumn = () => ({ type: KeyType });

/** A key column that follows another property: computed when the entry is made and at each change. */
export function derivedKeyColumn<T extends object>(derive: (entry: T) => string): PropertyOptions<T> {
  return { ...keyColumn(), onCreate: derive, onUpdate: derive };
}
