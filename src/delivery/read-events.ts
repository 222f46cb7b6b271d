import type { EntityManager } from '@mikro-orm/core';
import { sql } from 'kysely';
import { boundSql } from '../database/bound-query.js';
import type { Dialect } from '../database/dialect.js';
import type { FieldChange } from '../event/event.entity.js';
import type { OutboxEvent } from './outbox-event.js';

type EventRow = Omit<OutboxEvent, 'id' | 'changes' | 'occurredAt'> & {
  id: number | string;
  changes: string | null;
  occurredAt: string;
};

/**
 * Events after one of them, in their order.
 * @param leavesOut `changes of what imports have made`: they are many, and long, and a summary does without
 */
export async function readEvents(
  em: EntityManager,
  dialect: Dialect,
  after: number,
  most: number,
  leavesOut?: 'changes of what imports have made',
): Promise<OutboxEvent[]> {
  const changes = leavesOut
    ? sql`case when e.source = 'IMPORT' and e.type like '%.created' then null else e.changes end`
    : sql`e.changes`;
  const rows = await boundSql<EventRow>(
    em,
    dialect,
    sql`select e.id as "id", e.type as "type", e.entity as "entity", cast(e.entity_id as text) as "entityId", e.label as "label",
      ${changes} as "changes", cast(e.actor_id as text) as "actorId", u.username as "actor", e.source as "source",
      e.request_id as "requestId", ${dialect.instantText(sql.ref('e.occurred_at'))} as "occurredAt",
      case e.entity when 'PRODUCT' then (select slug from products where products.id = e.entity_id)
        when 'CATEGORY' then (select slug from categories where categories.id = e.entity_id)
        when 'TAG' then (select slug from tags where tags.id = e.entity_id) end as "slug"
    from events as e left join users as u on u.id = e.actor_id
    where e.id > ${dialect.bind(after, 'bigint')} order by e.id limit ${sql.lit(most)}`,
  );
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    changes: row.changes === null ? null : (JSON.parse(row.changes) as FieldChange[]),
    occurredAt: new Date(row.occurredAt),
  }));
}
