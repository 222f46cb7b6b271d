import { BigIntType } from '@mikro-orm/core';
import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { instant } from '../shared/entry.js';
import type { Id } from '../shared/id.js';
import { keyColumn } from '../shared/key-column.js';

/** What happened to an entry, written by the database itself in the transaction that did it: see event-triggers.ts. */
@Entity({ tableName: 'events' })
@Index({ name: 'events_entity_index', properties: ['entity', 'entityId', 'id'] })
@Index({ name: 'events_type_index', properties: ['type', 'id'] })
@Index({ name: 'events_actor_index', properties: ['actorId', 'id'] })
@Index({ name: 'events_occurred_at_index', properties: ['occurredAt', 'id'] })
export class Event {
  /** In the order of the commits. */
  @PrimaryKey({ type: new BigIntType('number'), autoincrement: true })
  id!: number;

  /** Such as `product.updated`. */
  @Property(keyColumn())
  type!: string;

  /** The kind of entry, such as `PRODUCT`. */
  @Property(keyColumn())
  entity!: string;

  /** No foreign key: an event outlives its entry. */
  @Property({ type: 'integer' })
  entityId!: Id;

  /** What the entry was called, for readers after it is gone. */
  @Property({ type: 'text' })
  label!: string;

  /** `[{ "field", "before", "after" }]` as JSON, in the API's names and forms. */
  @Property({ type: 'text' })
  changes!: string;

  /** The user who was signed in; no foreign key. */
  @Property({ type: 'integer', nullable: true })
  actorId!: Id | null;

  /** `API`, `IMPORT`, `COMMAND`, or `SQL` for a statement of somebody's own. */
  @Property(keyColumn())
  source!: string;

  /** The request's, or the import's. */
  @Property({ type: 'text', nullable: true })
  requestId!: string | null;

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
