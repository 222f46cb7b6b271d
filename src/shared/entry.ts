import { PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from './date-time.js';
import type { Id } from './id.js';

/** What an entry gets by itself when it is made. */
export type EntryDefaults = 'version' | 'createdAt' | 'updatedAt';

// Options of a column that holds an instant, to the millisecond.
// 'Date', not 'datetime': under that name MikroORM 7.2 compares a number with a Date on SQLite, so that every entry it
// loads counts as changed (EntityComparator.getPropertyComparator).
export const instant = () => ({ type: 'Date', length: 3 });

/** What every entry of the catalogue has: a key, a version and its times. */
@ObjectType()
export abstract class Entry {
  @Field(() => ID, { description: 'Stable and never used again.' })
  @PrimaryKey({ type: 'integer', autoincrement: true })
  id!: Id;

  @Field(() => Int, { description: 'Counts up by one at each change; send it back as expectedVersion.' })
  @Property({ type: 'integer', version: true, default: 1 })
  version!: number;

  @Field(() => DateTime, { description: 'When it was made.' })
  @Property({ ...instant(), onCreate: () => new Date() })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last changed; at first the time it was made.' })
  @Property({
    ...instant(),
    onCreate: (entry: Entry) => entry.createdAt ?? new Date(),
    onUpdate: () => new Date(),
  })
  updatedAt!: Date;
}
