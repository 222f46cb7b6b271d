import { OptionalProps } from '@mikro-orm/core';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { instant } from '../shared/entry.js';
import type { Id } from '../shared/id.js';

/** Somebody's server that is called when something happens; enabled where its channel is open. */
@Entity({ tableName: 'webhooks' })
export class Webhook {
  [OptionalProps]?: 'failingSince' | 'disabledBecause';

  @PrimaryKey({ type: 'integer', autoincrement: true })
  id!: Id;

  @Property({ type: 'text' })
  url!: string;

  /** With commas between them. */
  @Property({ type: 'text' })
  topics!: string;

  /** What calls are signed with. */
  @Property({ type: 'text', hidden: true })
  secret!: string;

  @Property(instant())
  createdAt!: Date;

  /** Since when nothing has been taken, though it was tried. */
  @Property({ ...instant(), nullable: true })
  failingSince!: Date | null;

  /** Why nothing is sent any more, where nobody has decided so. */
  @Property({ type: 'text', nullable: true })
  disabledBecause!: string | null;
}
