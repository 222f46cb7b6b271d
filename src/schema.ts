import { defaultFieldResolver, type GraphQLSchema, isObjectType } from 'graphql';
import { accessCheckOf } from './access.js';
import { buildSchemaSync } from 'type-graphql';
import { categoryReads } from './category/category.reads.js';
import { CategoryResolver } from './category/category.resolver.js';
import type { Context } from './context.js';
import type { Nouns } from './database/compiler.js';
import { eventReads, fieldChangeReads } from './event/event.reads.js';
import { EventResolver, ProductHistoryResolver } from './event/event.resolver.js';
import { EventSubscriptionResolver } from './event/event-subscription.resolver.js';
import { productChangeReads } from './product/product-change.reads.js';
import { ProductChangeResolver } from './product/product-change.resolver.js';
import { facetRowReads } from './product/product-facets.reads.js';
import { ProductConnectionResolver, ProductFacetsResolver } from './product/product-facets.resolver.js';
import { productReads } from './product/product.reads.js';
import { ProductResolver } from './product/product.resolver.js';
import { tagReads } from './tag/tag.reads.js';
import { TagResolver } from './tag/tag.resolver.js';
import { authPayloadReads, sessionReads } from './session/session.reads.js';
import { SessionResolver } from './session/session.resolver.js';
import { userReads } from './user/user.reads.js';
import { UserResolver } from './user/user.resolver.js';

/** What the compiler can read, by GraphQL type. */
export const nouns: Nouns = new Map(
  [
    categoryReads,
    tagReads,
    productReads,
    ...facetRowReads,
    userReads,
    sessionReads,
    authPayloadReads,
    eventReads,
    fieldChangeReads,
    productChangeReads,
  ].map((reads) => [reads.type, reads]),
);

/** type-graphql asks for one; every field of Subscription follows the outbox instead. */
const NO_PUB_SUB = {
  publish() {
    throw new Error('Events are published by the commit that writes them.');
  },
  subscribe() {
    throw new Error('A field of Subscription has to say how it subscribes.');
  },
};

/** The executable schema: the resolvers, put together. */
export function buildCatalogSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      CategoryResolver,
      TagResolver,
      ProductResolver,
      ProductConnectionResolver,
      ProductFacetsResolver,
      UserResolver,
      SessionResolver,
      EventResolver,
      ProductHistoryResolver,
      EventSubscriptionResolver,
      ProductChangeResolver,
    ],
    // Rules are checked by the use cases (see shared/input-rules.ts), which the import shares.
    validate: false,
    pubSub: NO_PUB_SUB,
  });
  answerFromStatements(schema);
  guardRootFields(schema);
  return schema;
}

/**
 * Below the root fields nothing is left to resolve: a root field's answer has every selected value under its response
 * key. A plain synchronous function takes it from there, in place of type-graphql's promise for each value.
 */
function answerFromStatements(schema: GraphQLSchema): void {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__') || roots.has(type)) continue;
    for (const field of Object.values(type.getFields())) {
      field.resolve = (source: Record<string, unknown>, _args, _context, { path }) => source[path.key];
    }
  }
}

/** Puts the check of access.ts in front of each root field, and what was answered before in front of a mutation's. */
function guardRootFields(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const check = accessCheckOf(`Subscription.${field.name}`);
    const { subscribe } = field;
    field.subscribe = (source, args, context: Context, info) => {
      check(context.viewer.role);
      return subscribe?.(source, args, context, info);
    };
  }
  for (const type of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const check = accessCheckOf(`${type?.name}.${field.name}`);
      const { resolve = defaultFieldResolver } = field;
      field.resolve = (source, args, context: Context, info) => {
        check(context.viewer.role);
        const { repeatable } = context;
        if (!repeatable || type !== schema.getMutationType()) return resolve(source, args, context, info);
        return repeatable.answer(info, () => resolve(source, args, context, info));
      };
    }
  }
}
