import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import { EventEntity } from '../event/event.entity.js';
import type { Told } from '../event/event-feed.js';
import { answerOf, type SubscribeData } from '../event/told-event.js';
import { ProductChange } from './product-change.js';

interface ProductChangedArgs {
  ids?: string[] | null;
  after?: string | null;
}

@Resolver()
export class ProductChangeResolver {
  @Subscription(() => ProductChange, {
    description:
      'What happens to products, once it is committed, by whichever process, in order. Who is no CASHIER or ADMIN hears of ' +
      'products that they see now, and of one that was deleted or hidden: of that its id alone. Ends with UNAUTHENTICATED ' +
      'at the next event after the session has ended.',
    subscribe: ({ args, context, info }: SubscribeData) => {
      const { ids, after } = args as ProductChangedArgs;
      const selection = { entity: EventEntity.PRODUCT, ...(ids && { entityIds: ids }) };
      return context.follow(info, { after: after ?? undefined, selection });
    },
  })
  productChanged(
    @Arg('ids', () => [ID], { nullable: true, description: 'Of these products; of all where left out.' })
    _ids: string[] | undefined,
    @Arg('categoryId', () => ID, {
      nullable: true,
      description: 'Of those that are in this category or below it, or were until the change; of all where left out.',
    })
    _categoryId: string | undefined,
    @Arg('after', () => ID, {
      nullable: true,
      description:
        'The eventId that the client had last: what happened behind it comes first, nothing is left out. "0" for all that is ' +
        'kept; BAD_CURSOR where events behind it may be gone. From now on where left out.',
    })
    _after: string | undefined,
    @Root() told: Told,
  ) {
    return answerOf(told);
  }
}
