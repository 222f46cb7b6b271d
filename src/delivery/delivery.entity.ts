import { BigIntType, OptionalProps } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { instant } from '../shared/entry.js';
import { keyColumn } from '../shared/key-column.js';

export enum DeliveryState {
  /** An import that goes on: it is counted until no more comes, and then one message. */
  GATHERING = 'GATHERING',
  /** To be sent, for the first time or again. */
  PENDING = 'PENDING',
  DELIVERED = 'DELIVERED',
  /** Given up: somebody has to say whether it is tried again or dropped. */
  DEAD = 'DEAD',
}

/** Where messages go, one after another: Telegram's chat, or a webhook. */
@Entity({ tableName: 'delivery_channels' })
export class DeliveryChannel {
  [OptionalProps]?: 'leasedBy' | 'leasedUntil' | 'pausedAfter';

  @PrimaryKey(keyColumn())
  name!: string;

  /** The worker that sends there now; nobody else does until its time has come. */
  @Property({ type: 'text', nullable: true })
  leasedBy!: string | null;

  @Property({ ...instant(), nullable: true })
  leasedUntil!: Date | null;

  /** Where nothing is sent for the time being: the event after which it goes on. */
  @Property({ type: new BigIntType('number'), nullable: true })
  pausedAfter!: number | null;
}

/** One message or one call of a webhook: what is to be sent, and what became of it. */
@Entity({ tableName: 'deliveries' })
// The first that is to be sent of a channel.
@Index({ name: 'deliveries_channel_index', properties: ['channel', 'state', 'id'] })
// Those that have been there long enough, and those that were given up.
@Index({ name: 'deliveries_state_index', properties: ['state', 'sentAt', 'id'] })
export class Delivery {
  [OptionalProps]?:
    | 'gathers'
    | 'attempts'
    | 'firstAttemptAt'
    | 'sendingAt'
    | 'sentAt'
    | 'lastError'
    | 'lastStatus'
    | 'lastDurationMs'
    | 'lastAnswer';

  /** In the order in which they are sent. */
  @PrimaryKey({ type: new BigIntType('number'), autoincrement: true })
  id!: number;

  @ManyToOne({
    entity: () => DeliveryChannel,
    mapToPk: true,
    fieldName: 'channel',
    deleteRule: 'cascade',
    updateRule: 'cascade',
    index: false,
  })
  channel!: string;

  @Enum({ items: () => DeliveryState })
  state!: DeliveryState;

  /** The request id of the import that is gathered. */
  @Property({ type: 'text', nullable: true })
  gathers!: string | null;

  @Property({ type: new BigIntType('number') })
  firstEventId!: number;

  @Property({ type: new BigIntType('number') })
  lastEventId!: number;

  /** How many events it tells of. */
  @Property({ type: 'integer' })
  eventCount!: number;

  /** As it is sent; of an import that is gathered, its numbers. */
  @Property({ type: 'text' })
  body!: string;

  @Property({ type: 'integer', default: 0 })
  attempts!: number;

  @Property(instant())
  createdAt!: Date;

  @Property(instant())
  nextAttemptAt!: Date;

  @Property({ ...instant(), nullable: true })
  firstAttemptAt!: Date | null;

  /** Set before it is sent and cleared once the outcome is noted: where a process died in between, it may be sent twice. */
  @Property({ ...instant(), nullable: true })
  sendingAt!: Date | null;

  @Property({ ...instant(), nullable: true })
  sentAt!: Date | null;

  /** Without secrets. */
  @Property({ type: 'text', nullable: true })
  lastError!: string | null;

  /** The HTTP status of the last answer. */
  @Property({ type: 'integer', nullable: true })
  lastStatus!: number | null;

  @Property({ type: 'integer', nullable: true })
  lastDurationMs!: number | null;

  /** How the last answer began. */
  @Property({ type: 'text', nullable: true })
  lastAnswer!: string | null;
}
