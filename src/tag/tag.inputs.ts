import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { z } from 'zod';
import { OrderDirection } from '../shared/arguments.js';
import { name, slug } from '../shared/input-rules.js';

const tagName = name(255);

export const createTagRules = z.object({ name: tagName, slug: slug.nullish() });
export const updateTagRules = z.object({ name: tagName.optional(), slug: slug.optional() });

@InputType({ description: 'A new tag.' })
export class CreateTagInput {
  @Field(() => String, { description: '1 to 255 characters, unique without case.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Unique. Made from the name where left out.' })
  slug?: string | null;
}

@InputType({ description: 'A field left out keeps its value.' })
export class UpdateTagInput {
  @Field(() => String, { nullable: true, description: '1 to 255 characters, unique without case.' })
  name?: string;

  @Field(() => String, { nullable: true, description: 'Unique.' })
  slug?: string;
}

@InputType({ description: 'Every condition given must hold.' })
export class TagFilter {
  @Field(() => [ID], { nullable: true, description: 'One of these.' })
  ids?: string[];

  @Field(() => [String], { nullable: true, description: 'One of these.' })
  slugs?: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Part of the name, without case, for every alphabet. % and _ are ordinary characters.',
  })
  nameContains?: string;
}

export enum TagOrderField {
  ID = 'ID',
  NAME = 'NAME',
  CREATED_AT = 'CREATED_AT',
}
registerEnumType(TagOrderField, {
  name: 'TagOrderField',
  description: 'What tags are sorted by; ties by id.',
  valuesConfig: {
    ID: { description: 'In the order in which they were made.' },
    NAME: { description: 'By name, without case.' },
    CREATED_AT: { description: 'By the time at which they were made.' },
  },
});

@InputType({ description: 'How tags are sorted.' })
export class TagOrder {
  @Field(() => TagOrderField, { description: 'What by.' })
  field!: TagOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Upwards where left out.' })
  direction!: OrderDirection;
}
