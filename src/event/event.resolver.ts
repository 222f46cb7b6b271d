import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Query, Resolver } from 'type-graphql';
import type { Context } from '../context.js';
import { Product } from '../product/product.entity.js';
import { answeredByStatement } from '../shared/connection.js';
import { EventConnection, EventListArgs, HistoryArgs } from './event.inputs.js';

@Resolver()
export class EventResolver {
  @Query(() => EventConnection, {
    description:
      'ADMIN. What happened to categories, tags, products and users, newest first unless orderBy says otherwise; 20 to a page ' +
      'unless first or last say otherwise, 100 at most. Events older than the service is configured to keep are gone.',
  })
  events(@Args(() => EventListArgs) _args: EventListArgs, @Ctx() context: Context, @Info() info: GraphQLResolveInfo) {
    return context.read(info);
  }
}

@Resolver(() => Product)
export class ProductHistoryResolver {
  @FieldResolver(() => EventConnection, {
    description:
      'CASHIER or ADMIN, FORBIDDEN for others. What happened to the product, newest first unless orderBy says otherwise.',
  })
  history(@Args(() => HistoryArgs) _args: HistoryArgs): object {
    return answeredByStatement();
  }
}
