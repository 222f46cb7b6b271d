import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.js';
import type { Told } from './event-feed.js';

/** What a field of Subscription begins with. */
export interface SubscribeData {
  // oxlint-disable-next-line typescript/no-explicit-any -- as type-graphql hands them out
  readonly args: any;
  readonly context: Context;
  readonly info: GraphQLResolveInfo;
}

/** The answer for an event. @throws what ends the subscription, so that the client reads it with its path */
export function answerOf(told: Told): unknown {
  if ('failure' in told) throw told.failure;
  return told.answer;
}
