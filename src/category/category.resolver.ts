import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, ID, Info, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { ProductConnection, ProductListArgs } from '../product/product.inputs.js';
import { EntryArgs, IdOrSlugArgs, PageArgs } from '../shared/arguments.js';
import { answeredByStatement, connectionOf } from '../shared/connection.js';
import { Category } from './category.entity.js';
import { CategoryFilter, CategoryOrder, CreateCategoryInput, UpdateCategoryInput } from './category.inputs.js';
import { createCategory, deleteCategory, getCategoryToDelete, updateCategory } from './category.writes.js';

const CategoryConnection = connectionOf(Category);

@ArgsType()
class CategoryListArgs extends PageArgs {
  @Field(() => CategoryFilter, { nullable: true, description: 'All where left out.' })
  filter?: CategoryFilter;

  @Field(() => CategoryOrder, { nullable: true, description: 'By id where left out.' })
  orderBy?: CategoryOrder;
}

@ArgsType()
class CategoryTreeArgs {
  @Field(() => ID, {
    nullable: true,
    description: 'The category on top; all roots where left out. Nothing comes back where it is not there.',
  })
  rootId?: string;

  @Field(() => Int, {
    nullable: true,
    description: 'How many levels, the top one included: 1, the least, is the top alone. All where left out.',
  })
  maxDepth?: number;
}

@Resolver(() => Category)
export class CategoryResolver {
  @Query(() => Category, {
    nullable: true,
    description: 'By id or slug: exactly one of them. null where there is none that the caller may see.',
  })
  category(@Args(() => IdOrSlugArgs) _args: IdOrSlugArgs, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }

  @Query(() => CategoryConnection, {
    description: 'By id unless orderBy says otherwise; 20 to a page unless first or last say otherwise, 100 at most.',
  })
  categories(
    @Args(() => CategoryListArgs) _args: CategoryListArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.read(info);
  }

  @Query(() => [Category], {
    description:
      'The whole tree that the caller may see, or the part below rootId (with it), down to maxDepth levels: a flat list in tree order, ' +
      'each category after its parent, siblings by name. For menus: one answer, not paged.',
  })
  categoryTree(
    @Args(() => CategoryTreeArgs) _args: CategoryTreeArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.read(info);
  }

  @FieldResolver(() => Int, {
    description:
      'Products in this category and, by default, in every category below it. Counts what the caller may see.',
  })
  productCount(
    @Arg('includeDescendants', () => Boolean, {
      defaultValue: true,
      description: 'Whether products of the categories below count, too.',
    })
    _includeDescendants: boolean,
  ): number {
    return answeredByStatement();
  }

  @FieldResolver(() => ProductConnection, {
    description:
      'Products in this category and every category below it, unless filter.includeDescendants says otherwise.',
  })
  products(@Args(() => ProductListArgs) _args: ProductListArgs): object {
    return answeredByStatement();
  }

  @Mutation(() => Category, {
    description:
      'ADMIN. CONFLICT for a slug, or a name among the siblings, that is taken; NOT_FOUND for a parent that is not there.',
  })
  createCategory(
    @Arg('input', () => CreateCategoryInput, { description: 'What it is to be.' }) input: CreateCategoryInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(info, (em) => createCategory(em, input));
  }

  @Mutation(() => Category, { description: 'ADMIN. CONFLICT if it would end up below itself, and as createCategory.' })
  updateCategory(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Arg('input', () => UpdateCategoryInput, { description: 'What changes.' }) input: UpdateCategoryInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(info, (em) => updateCategory(em, id, input, expectedVersion));
  }

  @Mutation(() => Category, {
    description:
      'ADMIN. Answers the category as it was last. Its products lose their category; refused with CONFLICT while it has children.',
  })
  deleteCategory(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.erase(info, (em) => getCategoryToDelete(em, id, expectedVersion), deleteCategory);
  }
}
