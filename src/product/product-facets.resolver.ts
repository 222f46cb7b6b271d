import { Arg, FieldResolver, Int, Resolver } from 'type-graphql';
import { Currency } from '../shared/arguments.js';
import { answeredByStatement } from '../shared/connection.js';
import { CategoryFacet, PriceRange, ProductFacets, TagFacet } from './product-facets.js';
import { ProductConnection } from './product.inputs.js';

@Resolver(() => ProductConnection)
export class ProductConnectionResolver {
  @FieldResolver(() => ProductFacets, {
    description: 'What the matching products split into; computed only when asked for.',
  })
  facets(): object {
    return answeredByStatement();
  }
}

@Resolver(() => ProductFacets)
export class ProductFacetsResolver {
  @FieldResolver(() => [CategoryFacet], {
    description:
      'Categories of the matching products that the caller may see, most products first, then by id. The category filters ' +
      '(categoryId, categorySlug, uncategorized) are left out of the count, so that a reader can switch.',
  })
  categories(
    @Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) _first: number,
  ): object[] {
    return answeredByStatement();
  }

  @FieldResolver(() => [TagFacet], {
    description:
      'Tags of the matching products, most products first, then by id. The tag filters (tagIds, allTagIds) are left out of the count.',
  })
  tags(@Arg('first', () => Int, { defaultValue: 20, description: 'How many, 1 to 100.' }) _first: number): object[] {
    return answeredByStatement();
  }

  @FieldResolver(() => PriceRange, {
    nullable: true,
    description:
      'Lowest and highest price of the matching products; null where none match. The filter of prices in the same currency is left out.',
  })
  priceRange(@Arg('currency', () => Currency, { description: 'Which prices.' }) _currency: Currency): object | null {
    return answeredByStatement();
  }
}
