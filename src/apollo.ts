import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, OperationTypeNode } from 'graphql';
import Negotiator from 'negotiator';
import type { Logger } from 'pino';
import { compiledAnswers, stringifyResult } from './compiled-answers.js';
import type { Config } from './config.js';
import type { Context } from './context.js';
import { renderError } from './errors.js';
import type { KnownOperations } from './known-operations.js';
import { limitsPlugin } from './limits/limits-plugin.js';
import type { OperationLimits } from './limits/operation-limits.js';
import { notedOperations } from './telemetry/noted-operations.js';
import { currentOperation } from './telemetry/operation-record.js';
import { renderWrongLiterals } from './wrong-literals.js';

/**
 * Apollo's pipeline, with what it would do for nothing left out.
 * @param known told of the queries that were answered
 */
export function createApollo(
  schema: GraphQLSchema,
  { schemaDetails }: Pick<Config, 'schemaDetails'>,
  log: Logger,
  known: KnownOperations,
  limits: OperationLimits,
): ApolloServer<Context> {
  return new ApolloServer<Context>({
    schema,
    // request-body.ts and cors.ts do.
    csrfPrevention: false,
    includeStacktraceInErrorResponses: false,
    introspection: schemaDetails.introspection,
    parseOptions: { maxTokens: limits.limits.tokens },
    validationRules: [limits.rule],
    validationOptions: { hideSuggestions: !schemaDetails.suggestions },
    // Stops with the process: main.ts listens to the signals.
    stopOnTerminationSignals: false,
    logger: log.child({ part: 'apollo' }),
    plugins: [
      // It would wrap every field of the schema.
      ApolloServerPluginCacheControlDisabled(),
      // The service has pages of its own.
      ApolloServerPluginLandingPageDisabled(),
      noSubscriptions,
      limitsPlugin(limits),
      statusOfJson,
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

/** An answer in JSON is one. */
const noSubscriptions: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return;
        throw new GraphQLError(
          'A subscription is answered over WebSocket (graphql-transport-ws), or as an event stream: `accept: text/event-stream`.',
          { extensions: { code: 'BAD_REQUEST', http: { status: 406 } } },
        );
      },
    };
  },
};

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

/**
 * A client that takes `application/json` alone reads errors of the document with status 200, as it always has; with
 * `application/graphql-response+json`, which no proxy takes for its own, they are 400.
 * @see https://graphql.github.io/graphql-over-http/draft/#sec-application-json
 */
const statusOfJson: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response: { http, body } }) {
        if (http.status !== 400 || body.kind !== 'single' || takesGraphQLJson(request.http?.headers.get('accept')))
          return;
        const isMalformed = body.singleResult.errors?.some(({ extensions }) => extensions?.code === 'BAD_REQUEST');
        if (!isMalformed) http.status = 200;
      },
    };
  },
};

const takesGraphQLJson = (accept: string | undefined) =>
  new Negotiator({ headers: { accept } }).mediaType(['application/json', GRAPHQL_JSON]) === GRAPHQL_JSON;

const GRAPHQL_JSON = 'application/graphql-response+json';
