import { type ApolloServerPlugin, type GraphQLRequestContext, type GraphQLResponse, HeaderMap } from '@apollo/server';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  Kind,
  OperationTypeNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { accessCheckOf } from './access.js';
import type { Context } from './context.js';
import { collectFields } from './database/selection.js';
import type { RootInfo } from './database/statements.js';

/**
 * Answers queries by their statements alone: a statement's JSON is the value of its root field already, to the byte what
 * an execution would make of it, field by field. What is no plain read (introspection, a mutation), and whatever goes
 * wrong, is left to the execution, which knows how to tell an error with its path.
 */
export const compiledAnswers: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async responseForOperation(request) {
        try {
          return await answer(request);
        } catch {
          return null;
        }
      },
    };
  },
};

type Answerable = GraphQLRequestContext<Context> &
  Required<Pick<GraphQLRequestContext<Context>, 'document' | 'operation'>>;

async function answer({
  schema,
  document,
  operation,
  request,
  contextValue,
}: Answerable): Promise<GraphQLResponse | null> {
  const parentType = schema.getQueryType();
  if (operation.operation !== OperationTypeNode.QUERY || !parentType) return null;
  const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], request.variables ?? {});
  if (!coerced) return null;
  const info = { schema, operation, fragments: fragmentsOf(document), variableValues: coerced, parentType };
  const fields = collectFields({ fragments: info.fragments, variables: coerced }, parentType.name, [
    operation.selectionSet,
  ]);
  const values = await Promise.all(
    Array.from(fields, ([key, fieldNodes]) => valueOf({ ...info, fieldNodes, path: { key } }, contextValue)),
  );
  const data = Object.fromEntries([...fields.keys()].map((key, index) => [key, values[index]]));
  return { http: { headers: new HeaderMap(), status: undefined }, body: { kind: 'single', singleResult: { data } } };
}

/** @throws Error for what only an execution can answer */
async function valueOf(info: RootInfo & { parentType: GraphQLObjectType }, context: Context): Promise<unknown> {
  const name = info.fieldNodes[0]?.name.value ?? '';
  if (name === '__typename') return info.parentType.name;
  if (name.startsWith('__')) throw new Error('Introspection is executed.');
  accessCheckOf(`${info.parentType.name}.${name}`)(context.viewer.role);
  return context.read(info);
}

const fragmentsByDocument = new WeakMap<DocumentNode, Record<string, FragmentDefinitionNode>>();

function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const kept = fragmentsByDocument.get(document);
  if (kept) return kept;
  const fragments: Record<string, FragmentDefinitionNode> = Object.create(null) as Record<
    string,
    FragmentDefinitionNode
  >;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  fragmentsByDocument.set(document, fragments);
  return fragments;
}
