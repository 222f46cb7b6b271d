import { OptionalProps, type Ref } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../shared/date-time.js';
import { instant } from '../shared/entry.js';
import type { Id } from '../shared/id.js';
import { keyColumn } from '../shared/key-column.js';
import { User } from '../user/user.entity.js';

@ObjectType({ description: 'A sign-in that lasts: on one device, until it ends or is not used for long.' })
@Entity({ tableName: 'sessions' })
@Index({ name: 'sessions_user_index', properties: ['user', 'id'] })
@Index({ name: 'sessions_expires_at_index', properties: ['expiresAt'] })
export class Session {
  [OptionalProps]?: 'current';

  @Field(() => ID, { description: 'For endSession.' })
  @PrimaryKey({ type: 'integer', autoincrement: true })
  id!: Id;

  @ManyToOne({ entity: () => User, ref: true, deleteRule: 'cascade', updateRule: 'cascade', index: false })
  user!: Ref<User>;

  @Field(() => DateTime, { description: 'When the user signed in.' })
  @Property(instant())
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it was last refreshed; at first the time of the sign-in.' })
  @Property(instant())
  lastUsedAt!: Date;

  @Field(() => DateTime, { description: 'When it ends unless it is refreshed before.' })
  @Property(instant())
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: 'What the browser or app calls itself.' })
  @Property({ type: 'text', nullable: true })
  userAgent!: string | null;

  /** By which a refresh token finds its session. */
  @Property({ ...keyColumn(), unique: true, hidden: true })
  familyHash!: string;

  /** The secret of the token that is good now. */
  @Property({ ...keyColumn(), hidden: true })
  secretHash!: string;

  /** The secret of the token before; it is answered for a few seconds, by what was made of it with the salt. */
  @Property({ ...keyColumn(), nullable: true, hidden: true })
  previousSecretHash!: string | null;

  @Property({ ...keyColumn(), nullable: true, hidden: true })
  salt!: string | null;

  @Field(() => Boolean, { description: 'Whether it is the session of this request.' })
  readonly current!: boolean;
}
