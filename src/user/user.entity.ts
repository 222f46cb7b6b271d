import { OptionalProps } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Entry, type EntryDefaults } from '../shared/entry.js';
import { derivedKeyColumn, keyColumn } from '../shared/key-column.js';
import { foldCase } from '../shared/text.js';

export enum Role {
  USER = 'USER',
  CASHIER = 'CASHIER',
  ADMIN = 'ADMIN',
}

registerEnumType(Role, {
  name: 'Role',
  description: 'What a signed-in user may do.',
  valuesConfig: {
    USER: { description: 'Reads the active catalogue and keeps an own profile.' },
    CASHIER: { description: 'Also sees what is not active, and moves stock.' },
    ADMIN: { description: 'Also edits the catalogue and the users.' },
  },
});

@ObjectType({ description: 'Somebody who can sign in.' })
@Entity({ tableName: 'users' })
@Unique({ properties: ['usernameKey'] })
@Index({ name: 'users_last_name_index', properties: ['lastNameKey', 'id'] })
@Index({ name: 'users_created_at_index', properties: ['createdAt', 'id'] })
@Index({ name: 'users_role_index', properties: ['role', 'id'] })
@Index({ name: 'users_age_index', properties: ['age', 'id'] })
@Check({ name: 'users_age_check', expression: 'age >= 0 and age <= 150' })
export class User extends Entry {
  [OptionalProps]?: EntryDefaults | 'usernameKey' | 'lastNameKey' | 'searchKey' | 'isActive' | 'role' | 'fullName';

  @Field(() => String, { description: '3 to 20 letters, digits, `_`, `-` or `.`; unique without case.' })
  @Property(keyColumn())
  username!: string;

  /** The username without case: what makes it unique. */
  @Property(derivedKeyColumn<User>((user) => foldCase(user.username)))
  usernameKey!: string;

  @Field(() => String, { description: 'Unique. Made from the username.' })
  @Property({ ...keyColumn(), unique: true })
  slug!: string;

  @Field(() => String, { description: '1 to 40 characters.' })
  @Property({ type: 'text' })
  firstName!: string;

  @Field(() => String, { description: '1 to 40 characters.' })
  @Property({ type: 'text' })
  lastName!: string;

  /** Username, first and last name without case: what users are searched by. */
  @Property(derivedKeyColumn<User>((user) => foldCase(`${user.username} ${user.firstName} ${user.lastName}`)))
  searchKey!: string;

  /** The last name without case: what lists are sorted by. */
  @Property(derivedKeyColumn<User>((user) => foldCase(user.lastName)))
  lastNameKey!: string;

  @Field(() => Int, { nullable: true, description: 'In years, 0 to 150.' })
  @Property({ type: 'integer', nullable: true })
  age!: number | null;

  @Field(() => Role, { description: 'What the user may do.' })
  @Enum({ items: () => Role, default: Role.USER })
  role!: Role;

  @Field(() => Boolean, { description: "A user who is not active can't sign in, and open sessions end." })
  @Property({ type: 'boolean', default: true })
  isActive!: boolean;

  /** Argon2id in PHC format; null for a user who can't sign in yet. It has no field: it never leaves the server. */
  @Property({ type: 'text', nullable: true, hidden: true })
  passwordHash!: string | null;

  @Field(() => String, { description: 'First and last name.' })
  readonly fullName!: string;
}
