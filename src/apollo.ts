import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { compiledAnswers, stringifyResult } from './compiled-answers.js';
import type { Context } from './context.js';
import { renderError } from './errors.js';
import type { KnownQueries } from './known-queries.js';
import { notedOperations } from './telemetry/noted-operations.js';
import { currentOperation } from './telemetry/operation-record.js';
import { renderWrongLiterals } from './wrong-literals.js';

/**
 * Apollo's pipeline, with what it would do for nothing left out.
 * @param known told of the queries that were answered
 */
export function createApollo(schema: GraphQLSchema, log: Logger, known: KnownQueries): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    // Stops with the process: main.ts listens to the signals.
    stopOnTerminationSignals: false,
    logger: log.child({ part: 'apollo' }),
    plugins: [
      // It would wrap every field of the schema.
      ApolloServerPluginCacheControlDisabled(),
      // The service has pages of its own.
      ApolloServerPluginLandingPageDisabled(),
      wrongLiterals,
      notedOperations,
      compiledAnswers(known),
    ],
    stringifyResult,
    formatError: (formatted, error) => {
      const operation = currentOperation();
      const requestId = operation?.requestId;
      const rendered = renderError(formatted, error, (unexpected) =>
        log.error({ err: unexpected, requestId }, 'unexpected error'),
      );
      operation?.fail(codeOf(rendered));
      return { ...rendered, extensions: { ...rendered.extensions, requestId } };
    },
  });
}

const codeOf = ({ extensions }: GraphQLFormattedError) => (extensions?.code as string | undefined) ?? 'BAD_REQUEST';

/** Literals that a scalar refuses get the error of a wrong variable, with the path of the field they stand in. */
const wrongLiterals: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async validationDidStart({ document }) {
        return async (errors) => renderWrongLiterals(document, (errors ?? []) as GraphQLError[]);
      },
    };
  },
};
