import { OptionalProps } from '@mikro-orm/core';
import { Entity, Index, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Field, ObjectType } from 'type-graphql';
import { Entry, type EntryDefaults } from '../shared/entry.js';
import { derivedKeyColumn, keyColumn } from '../shared/key-column.js';
import { foldCase } from '../shared/text.js';

@ObjectType({ description: 'A word that products are marked with.' })
@Entity({ tableName: 'tags' })
@Unique({ properties: ['nameKey'] })
@Index({ name: 'tags_created_at_index', properties: ['createdAt', 'id'] })
export class Tag extends Entry {
  [OptionalProps]?: EntryDefaults | 'nameKey' | 'productCount' | 'activeProductCount';

  @Field(() => String, { description: '1 to 255 characters. Unique, compared without case.' })
  @Property(keyColumn())
  name!: string;

  /** The name without case: what makes it unique, and what lists are sorted and searched by. */
  @Property(derivedKeyColumn<Tag>((tag) => foldCase(tag.name)))
  nameKey!: string;

  @Field(() => String, { description: 'Unique. Lower-case letters and digits, with hyphens between them.' })
  @Property({ ...keyColumn(), unique: true })
  slug!: string;

  /** Products with the tag. Kept by triggers, like the next: see product/product-counts.ts. */
  @Property({ type: 'integer', default: 0 })
  productCount!: number;

  /** The active ones among them. */
  @Property({ type: 'integer', default: 0 })
  activeProductCount!: number;
}
