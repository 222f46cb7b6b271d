import { sql } from 'kysely';
import { constant, type Sql } from '../database/dialect.js';
import {
  all,
  byIndex,
  column,
  type FieldRead,
  id,
  instant,
  type NounReads,
  period,
  type Row,
  toOne,
} from '../database/reads.js';
import type { FieldScope } from '../database/compiler.js';
import { ForbiddenError } from '../errors.js';
import { toId } from '../shared/id.js';
import { EventEntity } from './event.entity.js';

const isOneOf = (key: Sql, values: readonly string[]) => sql`${key} in (${sql.join(values.map(constant))})`;
// The key of an entry stands before the event's id in the one index, and there are several types in the other.
const entity = byIndex('events', 'entity', (key, value) => sql`${key} = ${constant(value.enumValue)}`, false);
const types = byIndex('events', 'type', (key, value) => value.holds(key, 'text'), false);
const actor = byIndex('events', 'actor_id', (key, value) => sql`${key} = ${value.map(toId).bind('integer')}`);
const occurredAt = byIndex('events', 'occurred_at', period);

/** Whether an event is the one that a subscription tells of. */
export function isTold(event: Row, scope: FieldScope): Sql {
  const eventId = scope.slot(({ entryId }) => entryId);
  return sql`${event.column('id')} = ${scope.dialect.bind(eventId, 'bigint')}`;
}

export const eventReads: NounReads = {
  type: 'Event',
  table: 'events',
  hasLargeIds: true,
  fields: {
    id: id('id'),
    type: column('type'),
    entity: column('entity'),
    entityId: id('entity_id'),
    label: column('label'),
    changes(event, scope) {
      const changes = scope.dialect.elements(event.column('changes'));
      return scope.rows(changes);
    },
    actorId: (event, { dialect }) => dialect.jsonId(event.column('actor_id')),
    actor: toOne('actor_id'),
    source: column('source'),
    requestId: column('request_id'),
    occurredAt: instant('occurred_at'),
  },
  filters: {
    entity: entity.filter,
    // The index begins with the kind.
    entityIds: (event, value, _scope, filter) => {
      const kinds = filter.at('entity').isGiven ? [filter.at('entity').enumValue] : Object.values(EventEntity);
      const ids = value.map((given: string[]) => given.map(toId)).holds(event.column('entity_id'), 'integer');
      return sql`${isOneOf(event.column('entity'), kinds)} and ${ids}`;
    },
    types: types.filter,
    actorId: actor.filter,
    occurredAt: occurredAt.filter,
  },
  sources: { types: types.source, entity: entity.source, actorId: actor.source, occurredAt: occurredAt.source },
  orders: { ID: undefined },
  isNewestFirst: true,
  roots: { events: all, eventAdded: (scope) => scope.one((event) => isTold(event, scope)) },
};

/** A change stands in its event's list of them, as a JSON object. */
const member =
  (key: string): FieldRead =>
  (_row, { dialect }) =>
    dialect.jsonMember(sql.ref('value'), key);

export const fieldChangeReads: NounReads = {
  type: 'FieldChange',
  fields: { field: member('field'), before: member('before'), after: member('after') },
  filters: {},
  orders: {},
  roots: {},
};

/** The events of one entry, for staff. @throws ForbiddenError */
export const historyOf =
  (kind: EventEntity) =>
  (entry: Row, scope: FieldScope): Sql => {
    if (!scope.viewer.isStaff) throw new ForbiddenError('Only CASHIER or ADMIN may read a history.');
    const isOfEntry = (event: Row) =>
      sql`${event.column('entity')} = ${constant(kind)} and ${event.column('entity_id')} = ${entry.column('id')}`;
    const counted = scope.newRow();
    const count = sql`(select count(*) from events as ${sql.ref(counted.alias)} where ${isOfEntry(counted)})`;
    return scope.connection({ where: isOfEntry, count });
  };
