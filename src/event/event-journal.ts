import { sql } from 'kysely';
import type { Database } from '../database/database.js';
import { and, namesOf, type Sql } from '../database/dialect.js';
import { KeptTexts } from '../database/kept-texts.js';
import { Slot } from '../database/param.js';
import { toId } from '../shared/id.js';
import type { EventEntity, EventSource, FieldChange } from './event.entity.js';

/** An event as readers within the service have it. */
export interface JournalEvent {
  readonly id: number;
  readonly type: string;
  readonly entity: EventEntity;
  readonly entityId: string;
  readonly label: string;
  readonly changes: readonly FieldChange[];
  readonly actorId: string | null;
  readonly source: EventSource;
  readonly requestId: string | null;
  /** RFC 3339. */
  readonly occurredAt: string;
}

/** Which events are meant; all conditions hold, and what is left out asks for nothing. */
export interface EventSelection {
  readonly entity?: EventEntity;
  readonly entityIds?: readonly string[];
  readonly types?: readonly string[];
}

/** The events as they were committed, in order, read past the API. */
export class EventJournal {
  private readonly texts: KeptTexts;

  constructor(private readonly database: Pick<Database, 'dialect' | 'answer'>) {
    this.texts = new KeptTexts(database.dialect);
  }

  /** The first events behind an id, in order. */
  after(id: number, limit: number, selection: EventSelection = {}): Promise<JournalEvent[]> {
    return this.read('>', id, limit, selection);
  }

  /** The newest events, in order. */
  async latest(count: number, selection: EventSelection = {}): Promise<JournalEvent[]> {
    return (await this.read('<', Number.MAX_SAFE_INTEGER, count, selection)).toReversed();
  }

  /** The id of the newest event; 0 where there is none. */
  async lastId(): Promise<number> {
    return this.number('last', () => sql`select coalesce(max(id), 0) as answer from events`, []);
  }

  /** The ids of the oldest and the newest event; 0 where there is none. */
  async bounds(): Promise<{ first: number; last: number }> {
    const { dialect } = this.database;
    const bounds = () =>
      sql`select ${dialect.jsonObject([
        ['first', sql`coalesce((select min(id) from events), 0)`],
        ['last', sql`coalesce((select max(id) from events), 0)`],
      ])} as answer`;
    const answer = await this.database.answer({ statement: this.texts.of('bounds', bounds), values: [] });
    return JSON.parse(answer) as { first: number; last: number };
  }

  /** The id behind which the events of an instant begin. */
  async idBefore(instant: Date): Promise<number> {
    const { dialect } = this.database;
    const earlier = () =>
      sql`select coalesce(max(id), 0) as answer from (select id from events where occurred_at < ${dialect.bind(new Slot(() => undefined), 'instant')} order by occurred_at desc, id desc limit 1) as earlier`;
    return this.number('before', earlier, [dialect.toDriver(instant, 'instant')]);
  }

  private async read(
    operator: '<' | '>',
    id: number,
    limit: number,
    { entity, entityIds, types }: EventSelection,
  ): Promise<JournalEvent[]> {
    const { dialect } = this.database;
    const values = [
      id,
      ...(entity ? [entity] : []),
      ...(entityIds ? [dialect.toDriverList(entityIds.map(toId))] : []),
      ...(types ? [dialect.toDriverList(types)] : []),
      limit,
    ];
    const key = `${operator} ${entity !== undefined} ${entityIds !== undefined} ${types !== undefined}`;
    const statement = this.texts.of(key, () => {
      const slot = () => new Slot(() => undefined);
      const conditions = [
        sql`id ${sql.raw(operator)} ${dialect.bind(slot(), 'bigint')}`,
        entity && sql`entity = ${dialect.bind(slot(), 'text')}`,
        entityIds && dialect.isIn(sql.ref('entity_id'), slot(), 'integer'),
        types && dialect.isIn(sql.ref('type'), slot(), 'text'),
      ].map((condition) => condition || undefined);
      const direction = sql.raw(operator === '>' ? 'asc' : 'desc');
      const rows = sql`select ${namesOf(COLUMNS)} from events where ${and(conditions)} order by id ${direction} limit ${dialect.bind(slot(), 'bigint')}`;
      return sql`select ${dialect.jsonArrayOf(this.row())} as answer from (${rows}) as event`;
    });
    const rows = JSON.parse(await this.database.answer({ statement, values })) as EventRow[];
    return rows.map((row) => ({ ...row, changes: JSON.parse(row.changes) as FieldChange[] }));
  }

  private row(): Sql {
    const { dialect } = this.database;
    const column = (name: string) => sql.ref(name);
    return dialect.jsonObject([
      ['id', column('id')],
      ['type', column('type')],
      ['entity', column('entity')],
      ['entityId', dialect.jsonId(column('entity_id'))],
      ['label', column('label')],
      ['changes', column('changes')],
      ['actorId', dialect.jsonId(column('actor_id'))],
      ['source', column('source')],
      ['requestId', column('request_id')],
      ['occurredAt', dialect.jsonInstant(column('occurred_at'))],
    ]);
  }

  private async number(key: string, write: () => Sql, values: unknown[]): Promise<number> {
    return Number(await this.database.answer({ statement: this.texts.of(key, write), values }));
  }
}

type EventRow = Omit<JournalEvent, 'changes'> & { changes: string };

const COLUMNS = [
  'id',
  'type',
  'entity',
  'entity_id',
  'label',
  'changes',
  'actor_id',
  'source',
  'request_id',
  'occurred_at',
];
