import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { DateTime } from './date-time.js';
import { Money } from './money.js';

export enum OrderDirection {
  ASC = 'ASC',
  DESC = 'DESC',
}
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'The direction of a sort.',
  valuesConfig: { ASC: { description: 'Smallest first.' }, DESC: { description: 'Largest first.' } },
});

export enum Currency {
  SHMECKLES = 'SHMECKLES',
  FLURBOS = 'FLURBOS',
}
registerEnumType(Currency, {
  name: 'Currency',
  description: 'The currencies that a product has a price in.',
  valuesConfig: { SHMECKLES: { description: 'Shmeckles.' }, FLURBOS: { description: 'Flurbos.' } },
});

@InputType({ description: 'Both ends are included; an end left out is open.' })
export class IntRange {
  @Field(() => Int, { nullable: true, description: 'The smallest.' })
  min?: number;

  @Field(() => Int, { nullable: true, description: 'The largest.' })
  max?: number;
}

@InputType({ description: 'Both ends are included; an end left out is open.' })
export class FloatRange {
  @Field(() => Float, { nullable: true, description: 'The smallest.' })
  min?: number;

  @Field(() => Float, { nullable: true, description: 'The largest.' })
  max?: number;
}

@InputType({ description: 'Both ends are included; an end left out is open.' })
export class MoneyRange {
  @Field(() => Money, { nullable: true, description: 'The smallest.' })
  min?: number;

  @Field(() => Money, { nullable: true, description: 'The largest.' })
  max?: number;
}

@InputType({ description: 'from is included, to is not; an end left out is open.' })
export class DateTimeRange {
  @Field(() => DateTime, { nullable: true, description: 'The first instant.' })
  from?: Date;

  @Field(() => DateTime, { nullable: true, description: 'The first instant behind the range.' })
  to?: Date;
}

/** What every paged list takes. Which page sizes there are is configuration. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'How many from the front, 1 to 100; 20 where neither first nor last is given.',
  })
  first?: number;

  @Field(() => String, { nullable: true, description: 'Only what comes behind this cursor.' })
  after?: string;

  @Field(() => Int, { nullable: true, description: 'How many from the end, 1 to 100; not together with first.' })
  last?: number;

  @Field(() => String, { nullable: true, description: 'Only what comes in front of this cursor.' })
  before?: string;
}

/** How a single entry is asked for: by one of its keys. */
@ArgsType()
export class IdOrSlugArgs {
  @Field(() => ID, { nullable: true, description: 'Its id.' })
  id?: string;

  @Field(() => String, { nullable: true, description: 'Its slug.' })
  slug?: string;
}

/** Which entry a mutation changes, and the version of it that the caller has seen. */
@ArgsType()
export class EntryArgs {
  @Field(() => ID, { description: 'Which one; NOT_FOUND where it is not there.' })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description: "Where given, must be the entry's version, else VERSION_CONFLICT and nothing changes.",
  })
  expectedVersion?: number;
}
