import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { instant } from '../shared/entry.js';
import { keyColumn } from '../shared/key-column.js';

/** An operation of a front end's build, which clients may ask for by its id. */
@Entity({ tableName: 'registered_operations' })
export class RegisteredOperation {
  /** What clients send in place of the text: as the manifest has it, else the SHA-256 of the text. */
  @PrimaryKey({ ...keyColumn() })
  id!: string;

  /** null for a document without a name. */
  @Property({ type: 'text', nullable: true })
  name!: string | null;

  @Property({ type: 'text' })
  text!: string;

  @Property(instant())
  addedAt!: Date;
}
