import { Field, ID, InputType, registerEnumType } from 'type-graphql';
import { z } from 'zod';
import { OrderDirection } from '../shared/arguments.js';
import { boolean, name, slug } from '../shared/input-rules.js';

const categoryName = name(255);

export const createCategoryRules = z.object({
  name: categoryName,
  slug: slug.nullish(),
  parentId: z.string().nullish(),
  isActive: boolean.nullish(),
});

export const updateCategoryRules = z.object({
  name: categoryName.optional(),
  slug: slug.optional(),
  parentId: z.string().nullish(),
  isActive: boolean.optional(),
});

@InputType({ description: 'A new category.' })
export class CreateCategoryInput {
  @Field(() => String, { description: '1 to 255 characters, unique among its siblings.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Unique. Made from the name where left out.' })
  slug?: string | null;

  @Field(() => ID, { nullable: true, description: 'The category it stands below; a root where left out.' })
  parentId?: string | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'Whether it is shown to everybody.' })
  isActive?: boolean | null;
}

@InputType({ description: 'A field left out keeps its value; null clears it where it may be empty.' })
export class UpdateCategoryInput {
  @Field(() => String, { nullable: true, description: '1 to 255 characters, unique among its siblings.' })
  name?: string;

  @Field(() => String, { nullable: true, description: 'Unique.' })
  slug?: string;

  @Field(() => ID, { nullable: true, description: 'Moves it, with everything below it; null makes it a root.' })
  parentId?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is shown to everybody.' })
  isActive?: boolean;
}

@InputType({ description: 'Every condition given must hold.' })
export class CategoryFilter {
  @Field(() => [ID], { nullable: true, description: 'One of these.' })
  ids?: string[];

  @Field(() => [String], { nullable: true, description: 'One of these.' })
  slugs?: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Part of the name, without case, for every alphabet. % and _ are ordinary characters.',
  })
  nameContains?: string;

  @Field(() => ID, { nullable: true, description: 'Direct children of this category.' })
  parentId?: string;

  @Field(() => Boolean, { nullable: true, description: 'true: only roots; false: none of them.' })
  roots?: boolean;

  @Field(() => Boolean, { nullable: true, description: 'Staff only: others see active categories whatever they ask.' })
  isActive?: boolean;
}

export enum CategoryOrderField {
  ID = 'ID',
  NAME = 'NAME',
  CREATED_AT = 'CREATED_AT',
}
registerEnumType(CategoryOrderField, {
  name: 'CategoryOrderField',
  description: 'What categories are sorted by; ties by id.',
  valuesConfig: {
    ID: { description: 'In the order in which they were made.' },
    NAME: { description: 'By name, without case.' },
    CREATED_AT: { description: 'By the time at which they were made.' },
  },
});

@InputType({ description: 'How categories are sorted.' })
export class CategoryOrder {
  @Field(() => CategoryOrderField, { description: 'What by.' })
  field!: CategoryOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Upwards where left out.' })
  direction!: OrderDirection;
}
