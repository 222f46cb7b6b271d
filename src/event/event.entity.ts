import { BigIntType } from '@mikro-orm/core';
import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLJSON } from 'graphql-scalars';
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime } from '../shared/date-time.js';
import { instant } from '../shared/entry.js';
import type { Id } from '../shared/id.js';
import { keyColumn } from '../shared/key-column.js';
import { User } from '../user/user.entity.js';

export enum EventEntity {
  CATEGORY = 'CATEGORY',
  TAG = 'TAG',
  PRODUCT = 'PRODUCT',
  USER = 'USER',
}
registerEnumType(EventEntity, {
  name: 'EventEntity',
  description: 'The kind of entry that something happened to.',
  valuesConfig: {
    CATEGORY: { description: 'A category.' },
    TAG: { description: 'A tag.' },
    PRODUCT: { description: 'A product.' },
    USER: { description: 'A user.' },
  },
});

export enum EventSource {
  API = 'API',
  IMPORT = 'IMPORT',
  COMMAND = 'COMMAND',
  SQL = 'SQL',
}
registerEnumType(EventSource, {
  name: 'EventSource',
  description: 'How a change came about.',
  valuesConfig: {
    API: { description: 'By a mutation.' },
    IMPORT: { description: 'By an import; all events of one import have the same requestId.' },
    COMMAND: { description: 'By a command of who runs the service.' },
    SQL: { description: "By a statement of somebody's own, past the service." },
  },
});

@ObjectType({ description: 'What one field of an entry was, and what it became.' })
export class FieldChange {
  @Field(() => String, {
    description:
      'Its name in the API, with `parentId` and `categoryId` for links. `tagIds` of a product are all that it was made or ' +
      'deleted with, or the one that came or went. `password` says that it was changed, and no more.',
  })
  readonly field!: string;

  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'The value before, in the form that the API has it in (money as text); null where there was none.',
  })
  readonly before!: unknown;

  @Field(() => GraphQLJSON, { nullable: true, description: 'The value after; null where there is none.' })
  readonly after!: unknown;
}

/** What happened to an entry, written by the database itself in the transaction that did it: see event-triggers.ts. */
@ObjectType({ description: 'Something that happened to an entry, written in the transaction that did it.' })
@Entity({ tableName: 'events' })
@Index({ name: 'events_entity_index', properties: ['entity', 'entityId', 'id'] })
@Index({ name: 'events_type_index', properties: ['type', 'id'] })
@Index({ name: 'events_actor_index', properties: ['actorId', 'id'] })
@Index({ name: 'events_occurred_at_index', properties: ['occurredAt', 'id'] })
export class Event {
  @Field(() => ID, { description: 'Never used again; in the order in which the changes were committed.' })
  @PrimaryKey({ type: new BigIntType('number'), autoincrement: true })
  id!: number;

  @Field(() => String, {
    description:
      'What happened: `product.created`, `product.updated`, `product.deleted`, `product.stock_changed` (nothing but the stock), ' +
      '`product.tagged`, `product.untagged`; `category.`, `tag.` and `user.` with `created`, `updated` and `deleted`.',
  })
  @Property(keyColumn())
  type!: string;

  @Field(() => EventEntity, { description: 'The kind of entry.' })
  @Property(keyColumn())
  entity!: EventEntity;

  /** No foreign key: an event outlives its entry. */
  @Field(() => ID, { description: 'The id of the entry, which may be gone.' })
  @Property({ type: 'integer' })
  entityId!: Id;

  @Field(() => String, { description: 'The name, or username, that the entry had.' })
  @Property({ type: 'text' })
  label!: string;

  /** `[{ "field", "before", "after" }]` as JSON, in the API's names and forms. */
  @Field(() => [FieldChange], {
    description: 'What has changed. Of an entry that is made or deleted, all that it has, or had.',
  })
  @Property({ type: 'text' })
  changes!: string;

  /** No foreign key. */
  @Field(() => ID, { nullable: true, description: 'The id of the user who did it; null where nobody was signed in.' })
  @Property({ type: 'integer', nullable: true })
  actorId!: Id | null;

  @Field(() => User, {
    nullable: true,
    description: 'The user who did it; null where nobody was signed in, the user is gone, or the caller is no ADMIN.',
  })
  readonly actor!: User | null;

  @Field(() => EventSource, { description: 'How it came about.' })
  @Property(keyColumn())
  source!: EventSource;

  @Field(() => String, {
    nullable: true,
    description: 'The x-request-id of the request, or the id of the import; null for others.',
  })
  @Property({ type: 'text', nullable: true })
  requestId!: string | null;

  @Field(() => DateTime, { description: 'When.' })
  @Property(instant())
  occurredAt!: Date;
}

/** Who is to get each event, and how far they have come: no event is pruned before all of them have it. */
@Entity({ tableName: 'event_consumers' })
export class EventConsumer {
  @PrimaryKey(keyColumn())
  name!: string;

  /** 0 before the first. */
  @Property({ type: new BigIntType('number') })
  lastEventId!: number;
}
