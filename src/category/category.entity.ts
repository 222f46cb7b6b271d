import { Entity, Index, ManyToOne, Property, Unique } from '@mikro-orm/decorators/legacy';
import { OptionalProps, type Ref } from '@mikro-orm/core';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Entry, type EntryDefaults } from '../shared/entry.js';
import { derivedKeyColumn, keyColumn } from '../shared/key-column.js';
import { foldCase } from '../shared/text.js';

@ObjectType({ description: 'A node of the category tree. Names are unique among siblings, slugs in the whole tree.' })
@Entity({ tableName: 'categories' })
@Unique({ properties: ['ancestorPath', 'name'] })
@Index({ name: 'categories_parent_name_index', properties: ['parent', 'nameKey', 'id'] })
@Index({ name: 'categories_name_index', properties: ['nameKey', 'id'] })
@Index({ name: 'categories_created_at_index', properties: ['createdAt', 'id'] })
export class Category extends Entry {
  [OptionalProps]?:
    | EntryDefaults
    | 'nameKey'
    | 'productCount'
    | 'activeProductCount'
    | 'isActive'
    | 'parentId'
    | 'children'
    | 'ancestors'
    | 'depth';

  @Field(() => String, { description: '1 to 255 characters.' })
  @Property(keyColumn())
  name!: string;

  /** The name without case: what lists are sorted and searched by. */
  @Property(derivedKeyColumn<Category>((category) => foldCase(category.name)))
  nameKey!: string;

  @Field(() => String, { description: 'Unique. Lower-case letters and digits, with hyphens between them.' })
  @Property({ ...keyColumn(), unique: true })
  slug!: string;

  @Field(() => Boolean, { description: 'Whether it is shown to everybody. Staff also sees what is not active.' })
  @Property({ type: 'boolean', default: true })
  isActive!: boolean;

  @Field(() => Category, { nullable: true, description: 'null for a root.' })
  @ManyToOne({
    entity: () => Category,
    ref: true,
    nullable: true,
    deleteRule: 'no action',
    updateRule: 'cascade',
    index: false,
  })
  parent!: Ref<Category> | null;

  /** The ids from the root down to the parent, "/1/5/"; "/" for a root. A subtree is a range of this column. */
  @Property(keyColumn())
  ancestorPath!: string;

  /** Whether the category and all its ancestors are active. Kept by category.writes.ts, so that a read need not climb. */
  @Property({ type: 'boolean' })
  isVisible!: boolean;

  /** Products in the category itself. Kept by triggers, like the next: see product/product-counts.ts. */
  @Property({ type: 'integer', default: 0 })
  productCount!: number;

  /** The active ones among them. */
  @Property({ type: 'integer', default: 0 })
  activeProductCount!: number;

  @Field(() => ID, { nullable: true, description: 'null for a root.' })
  readonly parentId!: string | null;

  @Field(() => [Category], { description: 'Direct children by name.' })
  readonly children!: Category[];

  @Field(() => [Category], { description: 'From the root down to the parent: the breadcrumb.' })
  readonly ancestors!: Category[];

  @Field(() => Int, { description: '0 for a root.' })
  readonly depth!: number;
}
