import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { getForUpdate } from '../database/unit-of-work.js';
import { Currency, EntryArgs, IdOrSlugArgs } from '../shared/arguments.js';
import { answeredByStatement } from '../shared/connection.js';
import { Money } from '../shared/money.js';
import { Product } from './product.entity.js';
import { CreateProductInput, ProductConnection, ProductListArgs, UpdateProductInput } from './product.inputs.js';
import { foreseeChangedProduct, foreseeNewProduct, foreseeStock } from './foreseen-product.js';
import { adjustStock, createProduct, deleteProduct, updateProduct } from './product.writes.js';

@Resolver(() => Product)
export class ProductResolver {
  @Query(() => Product, {
    nullable: true,
    description: 'By id or slug: exactly one of them. null where there is none that the caller may see.',
  })
  product(@Args(() => IdOrSlugArgs) _args: IdOrSlugArgs, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }

  @Query(() => ProductConnection, {
    description:
      'By id unless orderBy or filter.search say otherwise; 20 to a page unless first or last say otherwise, 100 at most.',
  })
  products(
    @Args(() => ProductListArgs) _args: ProductListArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.read(info);
  }

  @FieldResolver(() => Money, { description: 'The price in either currency.' })
  price(@Arg('currency', () => Currency, { description: 'Which one.' }) _currency: Currency): number {
    return answeredByStatement();
  }

  @Mutation(() => Product, {
    description: 'ADMIN. CONFLICT for a slug that is taken; NOT_FOUND for a category or tag that is not there.',
  })
  createProduct(
    @Arg('input', () => CreateProductInput, { description: 'What it is to be.' }) input: CreateProductInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(
      info,
      (em) => createProduct(em, input),
      (em) => foreseeNewProduct(em, input),
    );
  }

  @Mutation(() => Product, {
    description: 'ADMIN. CONFLICT for a slug that is taken; NOT_FOUND for a category or tag that is not there.',
  })
  updateProduct(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Arg('input', () => UpdateProductInput, { description: 'What changes.' }) input: UpdateProductInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(
      info,
      (em) => updateProduct(em, id, input, expectedVersion),
      (em) => foreseeChangedProduct(em, id, input, expectedVersion),
    );
  }

  @Mutation(() => Product, { description: 'ADMIN. Answers the product as it was last.' })
  deleteProduct(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.erase(info, (em) => getForUpdate(em, Product, id, expectedVersion), deleteProduct);
  }

  @Mutation(() => Product, {
    description:
      'CASHIER or ADMIN. Adds delta, which may be negative; OUT_OF_STOCK and no change where the stock would fall below 0.',
  })
  adjustStock(
    @Arg('productId', () => ID, { description: 'Which product; NOT_FOUND where it is not there.' }) productId: string,
    @Arg('delta', () => Int, { description: 'Units to add; below 0 to take.' }) delta: number,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(
      info,
      (em) => adjustStock(em, productId, delta),
      (em) => foreseeStock(em, productId, delta),
    );
  }
}
