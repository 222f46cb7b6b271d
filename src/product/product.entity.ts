import { BigIntType, Collection, OptionalProps, type Ref } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToMany, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { Field, Float, Int, ObjectType } from 'type-graphql';
import { Category } from '../category/category.entity.js';
import { Entry, type EntryDefaults } from '../shared/entry.js';
import type { Id } from '../shared/id.js';
import { derivedKeyColumn, keyColumn } from '../shared/key-column.js';
import { Money } from '../shared/money.js';
import { Tag } from '../tag/tag.entity.js';
import { ratingKeyOf } from './product-rating.js';
import { nameKeyOf, searchWordsOf } from './product-text.js';

/** An amount of money: whole minor units, exact in sums, sorting and filters. */
const minorUnits = () => ({ type: new BigIntType('number') });

@ObjectType({ description: 'Something that the shop sells.' })
@Entity({ tableName: 'products' })
@Index({ name: 'products_name_index', properties: ['nameKey', 'id'] })
@Index({ name: 'products_price_shmeckles_index', properties: ['priceShmeckles', 'id'] })
@Index({ name: 'products_price_flurbos_index', properties: ['priceFlurbos', 'id'] })
@Index({ name: 'products_rating_index', properties: ['ratingKey', 'id'] })
@Index({ name: 'products_stock_index', properties: ['stock', 'id'] })
@Index({ name: 'products_created_at_index', properties: ['createdAt', 'id'] })
@Index({ name: 'products_updated_at_index', properties: ['updatedAt', 'id'] })
@Index({ name: 'products_category_index', properties: ['category', 'id'] })
// A category's products by price, which shops ask for most. An index for every order would cost each write more than it saves.
@Index({ name: 'products_category_price_index', properties: ['category', 'priceShmeckles', 'id'] })
@Check({ name: 'products_price_shmeckles_check', expression: 'price_shmeckles >= 0' })
@Check({ name: 'products_price_flurbos_check', expression: 'price_flurbos >= 0' })
@Check({ name: 'products_stock_check', expression: 'stock >= 0' })
@Check({ name: 'products_rating_check', expression: 'rating >= 0 and rating <= 5' })
export class Product extends Entry {
  [OptionalProps]?: EntryDefaults | 'nameKey' | 'searchWords' | 'ratingKey' | 'isActive' | 'stock';

  @Field(() => String, { description: '1 to 255 characters.' })
  @Property(keyColumn())
  name!: string;

  /** The name without case: what lists are sorted and searched by. */
  @Property(derivedKeyColumn<Product>(nameKeyOf))
  nameKey!: string;

  /** The words of name and description, as they are searched. null where they are still to be computed: see product-words.ts. */
  @Property({
    ...derivedKeyColumn<Product>(searchWordsOf),
    nullable: true,
  })
  searchWords!: string | null;

  @Field(() => String, {
    description:
      'Unique. Made from the name where none is given: Cyrillic is transliterated, and a number is added until it is free.',
  })
  @Property({ ...keyColumn(), unique: true })
  slug!: string;

  @Field(() => String, { nullable: true, description: 'Up to 20000 characters.' })
  @Property({ type: 'text', nullable: true })
  description!: string | null;

  @Field(() => String, { nullable: true, description: 'An absolute http or https URL.' })
  @Property({ type: 'text', nullable: true })
  imageUrl!: string | null;

  @Field(() => Money, { description: 'The price in shmeckles.' })
  @Property(minorUnits())
  priceShmeckles!: number;

  @Field(() => Money, { description: 'The price in flurbos.' })
  @Property(minorUnits())
  priceFlurbos!: number;

  @Field(() => Int, { description: 'Units on hand, never below 0.' })
  @Property({ type: 'integer', default: 0 })
  stock!: number;

  @Field(() => Float, { nullable: true, description: '0 to 5; null where nobody has rated it.' })
  @Property({ type: 'double', nullable: true })
  rating!: number | null;

  /** The rating that lists are sorted by. */
  @Property({ type: 'double', onCreate: ratingKeyOf, onUpdate: ratingKeyOf })
  ratingKey!: number;

  @Field(() => Boolean, { description: 'Whether it is shown to everybody. Staff also sees what is not active.' })
  @Property({ type: 'boolean', default: true })
  isActive!: boolean;

  @Field(() => Category, { nullable: true, description: 'null where it has none, or one that the caller may not see.' })
  @ManyToOne({
    entity: () => Category,
    ref: true,
    nullable: true,
    deleteRule: 'set null',
    updateRule: 'cascade',
    index: false,
  })
  category!: Ref<Category> | null;

  @Field(() => [Tag], { description: 'By name.' })
  @ManyToMany({ entity: () => Tag, pivotEntity: () => ProductTag, hidden: true })
  tags = new Collection<Tag>(this);
}

/** A product bears a tag. */
@Entity({ tableName: 'product_tags' })
@Index({ name: 'product_tags_tag_category_index', properties: ['tag', 'categoryId', 'product'] })
export class ProductTag {
  @ManyToOne({
    entity: () => Product,
    ref: true,
    primary: true,
    deleteRule: 'cascade',
    updateRule: 'cascade',
    index: false,
  })
  product!: Ref<Product>;

  @ManyToOne({
    entity: () => Tag,
    ref: true,
    primary: true,
    deleteRule: 'cascade',
    updateRule: 'cascade',
    index: false,
  })
  tag!: Ref<Tag>;

  /** The product's category, so that an index knows of both; see link-categories.ts. */
  @Property({ type: 'integer', nullable: true })
  categoryId!: Id | null;
}
