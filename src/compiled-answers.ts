import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { DocumentNode, FormattedExecutionResult, GraphQLSchema } from 'graphql';
import { CompiledMutation } from './compiled-mutation.js';
import { CompiledQuery } from './compiled-query.js';
import type { Context } from './context.js';
import { JsonText } from './json-text.js';
import type { KnownOperations } from './known-operations.js';

/**
 * Answers queries by their statements, in place of an execution. What is no plain read (introspection, a mutation), and
 * whatever goes wrong, is left to the execution, which knows how to tell an error with its path. Operations that can do
 * without one are made known when they have been answered.
 */
export const compiledAnswers = (known: KnownOperations): ApolloServerPlugin<Context> => ({
  async requestDidStart() {
    return {
      async responseForOperation({ schema, document, source, request, contextValue }) {
        try {
          const query = compiledQueryOf(schema, document, request.operationName);
          if (!query) return null;
          const data = new JsonText(await query.answer(contextValue, request.variables ?? {}));
          known.learn(source, request.operationName, query);
          return {
            http: { headers: new HeaderMap(), status: undefined },
            body: { kind: 'single', singleResult: { data: data as unknown as Record<string, unknown> } },
          };
        } catch {
          return null;
        }
      },
      async willSendResponse({ schema, document, source, request, response }) {
        if (response.body.kind !== 'single' || response.body.singleResult.errors || !document || !source) return;
        if (known.has(source, request.operationName)) return;
        const mutation = CompiledMutation.of(schema, document, request.operationName);
        if (mutation) known.learn(source, request.operationName, mutation);
      },
    };
  },
});

/** An answer as it goes out: as Apollo writes it, and a text of `data` as it is. */
export function stringifyResult(result: FormattedExecutionResult): string {
  const { data, extensions }: { data?: unknown; extensions?: unknown } = result;
  if (!(data instanceof JsonText)) return `${JSON.stringify(result)}\n`;
  return extensions ? `{"data":${data.text},"extensions":${JSON.stringify(extensions)}}\n` : answerOf(data.text);
}

/** The whole answer around a text of `data`. */
export const answerOf = (data: string): string => `{"data":${data}}\n`;

// By document, for as long as Apollo keeps it.
const compiled = new WeakMap<DocumentNode, Map<string, CompiledQuery>>();

function compiledQueryOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
): CompiledQuery | undefined {
  const byName = compiled.get(document) ?? new Map<string, CompiledQuery>();
  compiled.set(document, byName);
  const kept = byName.get(operationName ?? '');
  const query = kept ?? CompiledQuery.of(schema, document, operationName);
  // Not where it is none: a client can make up names without end.
  if (query && !kept) byName.set(operationName ?? '', query);
  return query;
}
