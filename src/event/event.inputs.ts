import { ArgsType, Field, ID, InputType, registerEnumType } from 'type-graphql';
import { DateTimeRange, OrderDirection, PageArgs } from '../shared/arguments.js';
import { connectionOf } from '../shared/connection.js';
import { Event, EventEntity } from './event.entity.js';

@InputType({ description: 'Every condition given must hold.' })
export class EventFilter {
  @Field(() => EventEntity, { nullable: true, description: 'Of this kind of entry.' })
  entity?: EventEntity;

  @Field(() => [ID], {
    nullable: true,
    description: 'Of the entries with these ids; of every kind unless entity says.',
  })
  entityIds?: string[];

  @Field(() => [String], { nullable: true, description: 'Of one of these types, such as `product.updated`.' })
  types?: string[];

  @Field(() => ID, { nullable: true, description: 'Done by this user.' })
  actorId?: string;

  @Field(() => DateTimeRange, { nullable: true, description: 'Happened then.' })
  occurredAt?: DateTimeRange;
}

export enum EventOrderField {
  ID = 'ID',
}
registerEnumType(EventOrderField, {
  name: 'EventOrderField',
  description: 'What events are sorted by.',
  valuesConfig: { ID: { description: 'In the order in which they were committed.' } },
});

@InputType({ description: 'How events are sorted.' })
export class EventOrder {
  @Field(() => EventOrderField, { defaultValue: EventOrderField.ID, description: 'What by.' })
  field!: EventOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.DESC, description: 'Newest first where left out.' })
  direction!: OrderDirection;
}

@ArgsType()
export class HistoryArgs extends PageArgs {
  @Field(() => EventOrder, { nullable: true, description: 'Newest first where left out.' })
  orderBy?: EventOrder;
}

@ArgsType()
export class EventListArgs extends HistoryArgs {
  @Field(() => EventFilter, { nullable: true, description: 'All where left out.' })
  filter?: EventFilter;
}

export const EventConnection = connectionOf(Event);
