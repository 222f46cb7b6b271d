import { Field, Int, ObjectType } from 'type-graphql';
import { Category } from '../category/category.entity.js';
import { Money } from '../shared/money.js';
import { Tag } from '../tag/tag.entity.js';

@ObjectType({ description: 'A category of matching products.' })
export class CategoryFacet {
  @Field(() => Category, { description: 'The category.' })
  readonly category!: Category;

  @Field(() => Int, { description: 'How many matching products stand in it itself, not counting those below it.' })
  readonly count!: number;
}

@ObjectType({ description: 'A tag of matching products.' })
export class TagFacet {
  @Field(() => Tag, { description: 'The tag.' })
  readonly tag!: Tag;

  @Field(() => Int, { description: 'How many matching products have it.' })
  readonly count!: number;
}

@ObjectType({ description: 'Prices of matching products.' })
export class PriceRange {
  @Field(() => Money, { description: 'The lowest.' })
  readonly min!: number;

  @Field(() => Money, { description: 'The highest.' })
  readonly max!: number;
}

@ObjectType({ description: 'What matching products split into. Each part is computed only when asked for.' })
export class ProductFacets {
  @Field(() => Int, {
    description: 'How many are in stock. filter.inStock itself is left out, so that a reader can switch.',
  })
  readonly inStock!: number;
}
