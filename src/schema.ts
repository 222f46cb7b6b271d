import { type GraphQLSchema, isObjectType } from 'graphql';
import { type AuthChecker, buildSchemaSync } from 'type-graphql';
import { categoryReads } from './category/category.reads.js';
import { CategoryResolver } from './category/category.resolver.js';
import type { Context } from './context.js';
import type { Nouns } from './database/compiler.js';
import { ForbiddenError, UnauthenticatedError } from './errors.js';
import { productReads } from './product/product.reads.js';
import { ProductResolver } from './product/product.resolver.js';
import { tagReads } from './tag/tag.reads.js';
import { TagResolver } from './tag/tag.resolver.js';
import { type Role, User } from './user/user.entity.js';
import { userReads } from './user/user.reads.js';

/** What the compiler can read, by GraphQL type. */
export const nouns: Nouns = new Map(
  [categoryReads, tagReads, productReads, userReads].map((reads) => [reads.type, reads]),
);

/** Lets through who has one of the roles that a field names. */
const authChecker: AuthChecker<Context, Role> = ({ context: { viewer } }, roles) => {
  if (!viewer.role) throw new UnauthenticatedError();
  if (!roles.includes(viewer.role)) throw new ForbiddenError(`Only ${roles.join(' or ')} may do this.`);
  return true;
};

/** The executable schema: the resolvers, put together. */
export function buildCatalogSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [CategoryResolver, TagResolver, ProductResolver],
    orphanedTypes: [User],
    authChecker,
    // Rules are checked by the use cases (see shared/input-rules.ts), which the import shares.
    validate: false,
  });
  answerFromStatements(schema);
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
