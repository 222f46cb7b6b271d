import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import { assertWellFormed } from '../shared/input-rules.js';
import type { Told } from './event-feed.js';
import { answerOf, type SubscribeData } from './told-event.js';
import type { JournalEvent } from './event-journal.js';
import { Event } from './event.entity.js';
import { EventFilter } from './event.inputs.js';

interface EventAddedArgs {
  filter?: EventFilter | null;
  after?: string | null;
}

@Resolver()
export class EventSubscriptionResolver {
  @Subscription(() => Event, {
    description:
      'ADMIN. Each event once it is committed, by whichever process, in order. Ends with UNAUTHENTICATED when the session has ' +
      'ended, and with FORBIDDEN when the role has changed, at the next event.',
    subscribe: ({ args, context, info }: SubscribeData) => {
      const { filter, after } = args as EventAddedArgs;
      assertWellFormed({ filter });
      const { entity, entityIds, types } = filter ?? {};
      const selection = {
        ...(entity && { entity }),
        ...(entityIds && { entityIds }),
        ...(types && { types }),
      };
      return context.follow(info, { after: after ?? undefined, selection, isMeant: matcherOf(filter ?? {}) });
    },
  })
  eventAdded(
    @Arg('filter', () => EventFilter, { nullable: true, description: 'All where left out.' })
    _filter: EventFilter | undefined,
    @Arg('after', () => ID, {
      nullable: true,
      description:
        'The id of the last event that the client knows: those behind it come first, none is left out. "0" for all that are ' +
        'kept; BAD_CURSOR where events behind it may be gone. From now on where left out.',
    })
    _after: string | undefined,
    @Root() told: Told,
  ) {
    return answerOf(told);
  }
}

/** The conditions that the journal does not look for by itself. */
const matcherOf = ({ actorId, occurredAt }: EventFilter) => {
  const from = occurredAt?.from?.getTime() ?? -Infinity;
  const to = occurredAt?.to?.getTime() ?? Infinity;
  return (event: JournalEvent) => {
    const at = Date.parse(event.occurredAt);
    return (!actorId || event.actorId === actorId) && at >= from && at < to;
  };
};
