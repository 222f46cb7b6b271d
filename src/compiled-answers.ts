import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { DocumentNode, FormattedExecutionResult, GraphQLSchema } from 'graphql';
import { CompiledQuery } from './compiled-query.js';
import type { Context } from './context.js';
import type { KnownQueries } from './known-queries.js';

/** `data` as text, in place of the object that it stands for. */
class DataText {
  constructor(readonly text: string) {}
}

/**
 * Answers queries by their statements, in place of an execution, and makes them known. What is no plain read
 * (introspection, a mutation), and whatever goes wrong, is left to the execution, which knows how to tell an error with
 * its path.
 */
export const compiledAnswers = (known: KnownQueries): ApolloServerPlugin<Context> => ({
  async requestDidStart() {
    return {
      async responseForOperation({ schema, document, source, request, contextValue }) {
        try {
          const query = compiledQueryOf(schema, document, request.operationName);
          if (!query) return null;
          const data = new DataText(await query.answer(contextValue, request.variables ?? {}));
          known.learnQuery(source, request.operationName, query);
          return {
            http: { headers: new HeaderMap(), status: undefined },
            body: { kind: 'single', singleResult: { data: data as unknown as Record<string, unknown> } },
          };
        } catch {
          return null;
        }
      },
    };
  },
});

/** An answer as it goes out: as Apollo writes it, and a text of `data` as it is. */
export function stringifyResult(result: FormattedExecutionResult): string {
  const { data, extensions }: { data?: unknown; extensions?: unknown } = result;
  if (!(data instanceof DataText)) return `${JSON.stringify(result)}\n`;
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
