import { ArgsType, Field, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { z } from 'zod';
import { IntRange, OrderDirection, PageArgs } from '../shared/arguments.js';
import { connectionOf } from '../shared/connection.js';
import { boolean, name, wholeNumber } from '../shared/input-rules.js';
import { passwordRules } from './password-rules.js';
import { Role, User } from './user.entity.js';

const USERNAME_RULE = 'must be 3 to 20 letters, digits, "_", "-" or "."';

export const username = z.string(USERNAME_RULE).regex(/^[\p{L}\p{N}_.-]{3,20}$/u, USERNAME_RULE);
const personName = name(40);
const age = wholeNumber(0, 150);
const role = z.enum(Role, `must be one of ${Object.values(Role).join(', ')}`);

/** A user without what signing in takes. */
export const userRules = z.object({
  username,
  firstName: personName,
  lastName: personName,
  age: age.nullish(),
  role: role.nullish(),
  isActive: boolean.nullish(),
});

/** A user who can sign in. */
export const createUserRules = userRules.omit({ isActive: true }).extend({ password: z.string() }).check(passwordRules);

export const updateUserRules = z.object({
  username: username.optional(),
  firstName: personName.optional(),
  lastName: personName.optional(),
  age: age.nullish(),
  role: role.optional(),
  isActive: boolean.optional(),
});

@InputType({ description: 'Somebody who makes an own user.' })
export class RegisterInput {
  @Field(() => String, { description: '3 to 20 letters, digits, `_`, `-` or `.`; unique without case.' })
  username!: string;

  @Field(() => String, { description: '10 to 200 characters; not the username, and none of the commonest passwords.' })
  password!: string;

  @Field(() => String, { description: '1 to 40 characters.' })
  firstName!: string;

  @Field(() => String, { description: '1 to 40 characters.' })
  lastName!: string;

  @Field(() => Int, { nullable: true, description: 'In years, 0 to 150.' })
  age?: number | null;
}

@InputType({ description: 'A new user.' })
export class CreateUserInput extends RegisterInput {
  @Field(() => Role, { nullable: true, defaultValue: Role.USER, description: 'What the user may do.' })
  role?: Role | null;
}

@InputType({
  description:
    'A field left out keeps its value; null clears it where it may be empty. role and isActive are for admins; a user may change the rest of the own profile.',
})
export class UpdateUserInput {
  @Field(() => String, {
    nullable: true,
    description: '3 to 20 letters, digits, `_`, `-` or `.`; the slug follows it.',
  })
  username?: string;

  @Field(() => String, { nullable: true, description: '1 to 40 characters.' })
  firstName?: string;

  @Field(() => String, { nullable: true, description: '1 to 40 characters.' })
  lastName?: string;

  @Field(() => Int, { nullable: true, description: 'In years, 0 to 150.' })
  age?: number | null;

  @Field(() => Role, { nullable: true, description: 'ADMIN. What the user may do; takes effect on the next request.' })
  role?: Role;

  @Field(() => Boolean, { nullable: true, description: 'ADMIN. false ends all sessions of the user.' })
  isActive?: boolean;
}

@InputType({ description: 'Every condition given must hold.' })
export class UserFilter {
  @Field(() => [ID], { nullable: true, description: 'One of these.' })
  ids?: string[];

  @Field(() => String, { nullable: true, description: 'Part of username, first and last name, without case.' })
  search?: string;

  @Field(() => Role, { nullable: true, description: 'With this role.' })
  role?: Role;

  @Field(() => Boolean, { nullable: true, description: 'true: who can sign in; false: who can not.' })
  isActive?: boolean;

  @Field(() => IntRange, { nullable: true, description: 'In years; who gave no age is in no range.' })
  age?: IntRange;
}

export enum UserOrderField {
  ID = 'ID',
  USERNAME = 'USERNAME',
  LAST_NAME = 'LAST_NAME',
  CREATED_AT = 'CREATED_AT',
}
registerEnumType(UserOrderField, {
  name: 'UserOrderField',
  description: 'What users are sorted by; ties by id.',
  valuesConfig: {
    ID: { description: 'In the order in which they were made.' },
    USERNAME: { description: 'By username, without case.' },
    LAST_NAME: { description: 'By last name, without case.' },
    CREATED_AT: { description: 'By the time at which they were made.' },
  },
});

@InputType({ description: 'How users are sorted.' })
export class UserOrder {
  @Field(() => UserOrderField, { description: 'What by.' })
  field!: UserOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Upwards where left out.' })
  direction!: OrderDirection;
}

@ArgsType()
export class UserListArgs extends PageArgs {
  @Field(() => UserFilter, { nullable: true, description: 'All where left out.' })
  filter?: UserFilter;

  @Field(() => UserOrder, { nullable: true, description: 'By id where left out.' })
  orderBy?: UserOrder;
}

@ArgsType()
export class IdOrUsernameArgs {
  @Field(() => ID, { nullable: true, description: 'Their id.' })
  id?: string;

  @Field(() => String, { nullable: true, description: 'Their username, without case.' })
  username?: string;
}

export const UserConnection = connectionOf(User);
