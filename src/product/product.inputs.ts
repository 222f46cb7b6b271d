import { ArgsType, Field, Float, ID, InputType, Int, registerEnumType } from 'type-graphql';
import { z } from 'zod';
import { DateTimeRange, FloatRange, IntRange, MoneyRange, OrderDirection, PageArgs } from '../shared/arguments.js';
import { connectionOf } from '../shared/connection.js';
import { boolean, httpUrl, name, number, slug, text, wholeNumber } from '../shared/input-rules.js';
import { LARGEST_AMOUNT, Money } from '../shared/money.js';
import { Product } from './product.entity.js';

export const LARGEST_STOCK = 2_147_483_647;

const productName = name(255);
const amount = wholeNumber(0, LARGEST_AMOUNT);
const stock = wholeNumber(0, LARGEST_STOCK);
const optional = {
  description: text(20_000).nullish(),
  imageUrl: httpUrl.nullish(),
  rating: number(0, 5).nullish(),
  categoryId: z.string().nullish(),
  tagIds: z.array(z.string()).nullish(),
};

export const createProductRules = z.object({
  ...optional,
  name: productName,
  slug: slug.nullish(),
  priceShmeckles: amount,
  priceFlurbos: amount,
  stock: stock.nullish(),
  isActive: boolean.nullish(),
});

export const updateProductRules = z.object({
  ...optional,
  name: productName.optional(),
  slug: slug.optional(),
  priceShmeckles: amount.optional(),
  priceFlurbos: amount.optional(),
  stock: stock.optional(),
  isActive: boolean.optional(),
});

@InputType({ description: 'A new product.' })
export class CreateProductInput {
  @Field(() => String, { description: '1 to 255 characters.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Unique. Made from the name where left out.' })
  slug?: string | null;

  @Field(() => String, { nullable: true, description: 'Up to 20000 characters.' })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'An absolute http or https URL.' })
  imageUrl?: string | null;

  @Field(() => Money, { description: 'The price in shmeckles.' })
  priceShmeckles!: number;

  @Field(() => Money, { description: 'The price in flurbos.' })
  priceFlurbos!: number;

  @Field(() => Int, { nullable: true, defaultValue: 0, description: 'Units on hand, 0 or more.' })
  stock?: number | null;

  @Field(() => Float, { nullable: true, description: '0 to 5.' })
  rating?: number | null;

  @Field(() => Boolean, { nullable: true, defaultValue: true, description: 'Whether it is shown to everybody.' })
  isActive?: boolean | null;

  @Field(() => ID, { nullable: true, description: 'Its category; NOT_FOUND where it is not there.' })
  categoryId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Its tags; NOT_FOUND where one is not there.' })
  tagIds?: string[] | null;
}

@InputType({ description: 'A field left out keeps its value; null clears it where it may be empty.' })
export class UpdateProductInput {
  @Field(() => String, { nullable: true, description: '1 to 255 characters.' })
  name?: string;

  @Field(() => String, { nullable: true, description: 'Unique.' })
  slug?: string;

  @Field(() => String, { nullable: true, description: 'Up to 20000 characters.' })
  description?: string | null;

  @Field(() => String, { nullable: true, description: 'An absolute http or https URL.' })
  imageUrl?: string | null;

  @Field(() => Money, { nullable: true, description: 'The price in shmeckles.' })
  priceShmeckles?: number;

  @Field(() => Money, { nullable: true, description: 'The price in flurbos.' })
  priceFlurbos?: number;

  @Field(() => Int, {
    nullable: true,
    description:
      'Units on hand, 0 or more. To sell or restock, use adjustStock: it can not overwrite what others sold meanwhile.',
  })
  stock?: number;

  @Field(() => Float, { nullable: true, description: '0 to 5.' })
  rating?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is shown to everybody.' })
  isActive?: boolean;

  @Field(() => ID, { nullable: true, description: 'Its category; NOT_FOUND where it is not there.' })
  categoryId?: string | null;

  @Field(() => [ID], { nullable: true, description: 'All its tags from now on; NOT_FOUND where one is not there.' })
  tagIds?: string[] | null;
}

@InputType({ description: 'Every condition given must hold.' })
export class ProductFilter {
  @Field(() => [ID], { nullable: true, description: 'One of these.' })
  ids?: string[];

  @Field(() => [String], { nullable: true, description: 'One of these.' })
  slugs?: string[];

  @Field(() => String, {
    nullable: true,
    description:
      'Words or beginnings of words that name or description hold, in any order, without case and accents, for every alphabet. ' +
      'Best matches come first unless orderBy is given. Letters and digits make words; a text without any finds nothing.',
  })
  search?: string;

  @Field(() => String, {
    nullable: true,
    description: 'Part of the name, without case, for every alphabet. % and _ are ordinary characters.',
  })
  nameContains?: string;

  @Field(() => ID, { nullable: true, description: 'In this category.' })
  categoryId?: string;

  @Field(() => String, { nullable: true, description: 'In this category.' })
  categorySlug?: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: true,
    description: 'Whether categoryId and categorySlug also take the categories below.',
  })
  includeDescendants?: boolean;

  @Field(() => Boolean, { nullable: true, description: 'true: without a category; false: with one.' })
  uncategorized?: boolean;

  @Field(() => [ID], { nullable: true, description: 'With at least one of these tags.' })
  tagIds?: string[];

  @Field(() => [ID], { nullable: true, description: 'With every one of these tags.' })
  allTagIds?: string[];

  @Field(() => MoneyRange, { nullable: true, description: 'The price in shmeckles.' })
  priceShmeckles?: MoneyRange;

  @Field(() => MoneyRange, { nullable: true, description: 'The price in flurbos.' })
  priceFlurbos?: MoneyRange;

  @Field(() => IntRange, { nullable: true, description: 'Units on hand.' })
  stock?: IntRange;

  @Field(() => Boolean, { nullable: true, description: 'true: at least one unit on hand; false: none.' })
  inStock?: boolean;

  @Field(() => FloatRange, { nullable: true, description: 'The rating; what has none is in no range.' })
  rating?: FloatRange;

  @Field(() => Boolean, { nullable: true, description: 'Staff only: others see active products whatever they ask.' })
  isActive?: boolean;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it was made.' })
  createdAt?: DateTimeRange;

  @Field(() => DateTimeRange, { nullable: true, description: 'When it was last changed.' })
  updatedAt?: DateTimeRange;
}

export enum ProductOrderField {
  ID = 'ID',
  NAME = 'NAME',
  PRICE_SHMECKLES = 'PRICE_SHMECKLES',
  PRICE_FLURBOS = 'PRICE_FLURBOS',
  RATING = 'RATING',
  STOCK = 'STOCK',
  CREATED_AT = 'CREATED_AT',
  UPDATED_AT = 'UPDATED_AT',
  RELEVANCE = 'RELEVANCE',
}
registerEnumType(ProductOrderField, {
  name: 'ProductOrderField',
  description: 'What products are sorted by; ties by id.',
  valuesConfig: {
    ID: { description: 'In the order in which they were made.' },
    NAME: { description: 'By name, without case.' },
    PRICE_SHMECKLES: { description: 'By the price in shmeckles.' },
    PRICE_FLURBOS: { description: 'By the price in flurbos.' },
    RATING: { description: 'By rating; what has none counts as below 0.' },
    STOCK: { description: 'By units on hand.' },
    CREATED_AT: { description: 'By the time at which they were made.' },
    UPDATED_AT: { description: 'By the time at which they were last changed.' },
    RELEVANCE: {
      description:
        'Only with filter.search: by how well it matches, best first with ASC. What has all words in its name as they stand comes first, ' +
        'then what has beginnings of all in its name, then of some, then what has them in its description alone.',
    },
  },
});

@InputType({ description: 'How products are sorted.' })
export class ProductOrder {
  @Field(() => ProductOrderField, { description: 'What by.' })
  field!: ProductOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Upwards where left out.' })
  direction!: OrderDirection;
}

@ArgsType()
export class ProductListArgs extends PageArgs {
  @Field(() => ProductFilter, { nullable: true, description: 'All where left out.' })
  filter?: ProductFilter;

  @Field(() => ProductOrder, {
    nullable: true,
    description: 'Where left out, by RELEVANCE with filter.search, else by id.',
  })
  orderBy?: ProductOrder;
}

export const ProductConnection = connectionOf(Product);
