import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLError } from 'graphql';
import { fragmentsOf } from '../compiled-operation.js';
import type { Context } from '../context.js';
import { QueryTooComplexError } from '../errors.js';
import type { OperationLimits } from './operation-limits.js';

/** The header by which a client asks for `extensions.cost`. */
export const COST_HEADER = 'graphql-cost';

/** Holds what Apollo answers to the limits, and tells the cost of an operation to who asks for it. */
export const limitsPlugin = (limits: OperationLimits): ApolloServerPlugin<Context> => ({
  async requestDidStart() {
    let cost: number | undefined;
    return {
      async validationDidStart() {
        return async (errors) => keepExcess((errors ?? []) as GraphQLError[]);
      },
      async didResolveOperation({ document, operation, request }) {
        // Without one, the execution says that there is none.
        if (operation) cost = limits.assertOperation(operation, fragmentsOf(document), request.variables ?? {});
      },
      async willSendResponse({ request, response: { body } }) {
        if (cost === undefined || body.kind !== 'single' || !request.http?.headers.has(COST_HEADER)) return;
        const told = { operation: cost, max: limits.limits.cost };
        body.singleResult.extensions = { ...body.singleResult.extensions, cost: told };
      },
    };
  },
});

/** Of the errors of a document that is too much, only that is told. */
export function keepExcess(errors: GraphQLError[]): void {
  const excess = errors.find((error) => error instanceof QueryTooComplexError);
  if (excess) errors.splice(0, errors.length, excess);
}
