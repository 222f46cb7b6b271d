import { Field, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../shared/date-time.js';
import { Product } from './product.entity.js';

/** What is told of an event of a product. */
@ObjectType({ description: 'Something that happened to a product.' })
export class ProductChange {
  @Field(() => ID, { description: 'The id of the event: give the last one as `after` to go on behind it.' })
  readonly eventId!: string;

  @Field(() => String, {
    description:
      'What happened: `product.created`, `product.updated`, `product.deleted`, `product.stock_changed`, `product.tagged` or ' +
      '`product.untagged`.',
  })
  readonly type!: string;

  @Field(() => ID, { description: 'The id of the product.' })
  readonly productId!: string;

  @Field(() => DateTime, { description: 'When.' })
  readonly occurredAt!: Date;

  @Field(() => Product, {
    nullable: true,
    description: 'The product as it is now; null where it is gone, or nothing that the caller may see any more.',
  })
  readonly product!: Product | null;
}
