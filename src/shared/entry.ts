import { PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { DateTime } from './date-time.js';
import type { Id } from './id.js';

/** What an entry gets by itself when it is made. */
export type EntryDefaults = 'version' | 'createdAt' | 'updatedAt';

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
  @Property({ type: 'datetime', length: 3, onCreate: () => new Date() })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last changed; at first the time it was made.' })
  @Property({
    type: 'datetime',
    length: 3,
    onCreate: (entry: Entry) => entry.createdAt ?? new Date(),
    onUpdate: () => new Date(),
  })
  updatedAt!: Date;
}
