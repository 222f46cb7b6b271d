import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Ctx, Field, FieldResolver, Info, Int, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { getForUpdate } from '../database/unit-of-work.js';
import { ProductConnection, ProductListArgs } from '../product/product.inputs.js';
import { EntryArgs, IdOrSlugArgs, PageArgs } from '../shared/arguments.js';
import { answeredByStatement, connectionOf } from '../shared/connection.js';
import { Tag } from './tag.entity.js';
import { CreateTagInput, TagFilter, TagOrder, UpdateTagInput } from './tag.inputs.js';
import { createTag, deleteTag, updateTag } from './tag.writes.js';

const TagConnection = connectionOf(Tag);

@ArgsType()
class TagListArgs extends PageArgs {
  @Field(() => TagFilter, { nullable: true, description: 'All where left out.' })
  filter?: TagFilter;

  @Field(() => TagOrder, { nullable: true, description: 'By id where left out.' })
  orderBy?: TagOrder;
}

@Resolver(() => Tag)
export class TagResolver {
  @Query(() => Tag, { nullable: true, description: 'By id or slug: exactly one of them. null where there is none.' })
  tag(@Args(() => IdOrSlugArgs) _args: IdOrSlugArgs, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }

  @Query(() => TagConnection, {
    description: 'By id unless orderBy says otherwise; 20 to a page unless first or last say otherwise, 100 at most.',
  })
  tags(@Args(() => TagListArgs) _args: TagListArgs, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }

  @FieldResolver(() => Int, { description: 'Products with this tag. Counts what the caller may see.' })
  productCount(): number {
    return answeredByStatement();
  }

  @FieldResolver(() => ProductConnection, { description: 'Products with this tag.' })
  products(@Args(() => ProductListArgs) _args: ProductListArgs): object {
    return answeredByStatement();
  }

  @Mutation(() => Tag, { description: 'ADMIN. CONFLICT for a name or slug that is taken.' })
  createTag(
    @Arg('input', () => CreateTagInput, { description: 'What it is to be.' }) input: CreateTagInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(info, (em) => createTag(em, input));
  }

  @Mutation(() => Tag, { description: 'ADMIN. CONFLICT for a name or slug that is taken.' })
  updateTag(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Arg('input', () => UpdateTagInput, { description: 'What changes.' }) input: UpdateTagInput,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.write(info, (em) => updateTag(em, id, input, expectedVersion));
  }

  @Mutation(() => Tag, { description: 'ADMIN. Answers the tag as it was last. Its products lose it.' })
  deleteTag(
    @Args(() => EntryArgs) { id, expectedVersion }: EntryArgs,
    @Ctx() context: Context,
    @Info() info: GraphQLResolveInfo,
  ) {
    return context.erase(info, (em) => getForUpdate(em, Tag, id, expectedVersion), deleteTag);
  }
}
