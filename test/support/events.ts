import type { TestService } from './service.js';
import { rawQuery } from './raw-query.js';

/** An event as the database holds it, with its changes by field: `{ name: [before, after] }`. */
export interface StoredEvent {
  id: number;
  type: string;
  entity: string;
  entityId: string;
  label: string;
  changes: Record<string, [unknown, unknown]>;
  actorId: string | null;
  source: string;
  requestId: string | null;
  occurredAt: Date;
}

interface EventRow {
  id: number | string;
  type: string;
  entity: string;
  entity_id: number;
  label: string;
  changes: string;
  actor_id: number | null;
  source: string;
  request_id: string | null;
  occurred_at: number | Date;
}

/** The number of the newest event. */
export async function lastEventId({ server }: Pick<TestService, 'server'>): Promise<number> {
  const [row] = await rawQuery<{ id: number | string }>(
    server.database,
    'select coalesce(max(id), 0) as id from events',
  );
  return Number(row?.id);
}

/** The events behind one, in order. */
export async function eventsAfter({ server }: Pick<TestService, 'server'>, id: number): Promise<StoredEvent[]> {
  const rows = await rawQuery<EventRow>(server.database, `select * from events where id > ${id} order by id`);
  return rows.map((row) => ({
    id: Number(row.id),
    type: row.type,
    entity: row.entity,
    entityId: String(row.entity_id),
    label: row.label,
    changes: changesOf(row.changes),
    actorId: row.actor_id === null ? null : String(row.actor_id),
    source: row.source,
    requestId: row.request_id,
    occurredAt: new Date(row.occurred_at),
  }));
}

/** The events that some work leads to. */
export async function eventsOf(service: Pick<TestService, 'server'>, work: () => unknown): Promise<StoredEvent[]> {
  const before = await lastEventId(service);
  await work();
  return eventsAfter(service, before);
}

function changesOf(text: string): StoredEvent['changes'] {
  const changes = JSON.parse(text) as { field: string; before: unknown; after: unknown }[];
  return Object.fromEntries(changes.map(({ field, before, after }) => [field, [before, after]]));
}
