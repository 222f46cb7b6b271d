import type { FieldChange } from '../event/event.entity.js';

/** An event of the outbox as what is delivered is made of it. */
export interface OutboxEvent {
  id: number;
  /** Such as `product.updated`. */
  type: string;
  entity: string;
  entityId: string;
  /** The entry's name at the time. */
  label: string;
  /** null where nobody needs them: of what an import has made. */
  changes: readonly FieldChange[] | null;
  actorId: string | null;
  /** Who did it, as long as there is such a user. */
  actor: string | null;
  /** By which part of its address a page about the entry is found; null where it is gone. */
  slug: string | null;
  source: string;
  requestId: string | null;
  occurredAt: Date;
}

/** What an event changed of a field, where it did. */
export const changeOf = ({ changes }: OutboxEvent, field: string): FieldChange | undefined =>
  changes?.find((change) => change.field === field);
