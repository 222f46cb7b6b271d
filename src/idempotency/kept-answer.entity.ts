import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { instant } from '../shared/entry.js';
import { keyColumn } from '../shared/key-column.js';

/** What a root field of a mutation answered, kept with what it changed, for who sends the same request again. */
@Entity({ tableName: 'kept_answers' })
@Index({ name: 'kept_answers_created_at_index', properties: ['createdAt'] })
export class KeptAnswer {
  /** Of the Idempotency-Key; the key itself is kept nowhere. */
  @PrimaryKey({ ...keyColumn() })
  keyHash!: string;

  /** Which of the operation's root fields, from 0. */
  @PrimaryKey({ type: 'integer', autoincrement: false })
  position!: number;

  @Property(instant())
  createdAt!: Date;

  /** See answer-seal.ts; empty only within the transaction that makes it. */
  @Property({ type: 'text' })
  sealed!: string;
}
