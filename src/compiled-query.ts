import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getOperationAST,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { accessCheckOf } from './access.js';
import {
  type CompiledOperation,
  fragmentsOf,
  hasDirectives,
  NeedsExecution,
  type RawVariables,
} from './compiled-operation.js';
import type { Context } from './context.js';
import { collectFields, type Selection } from './database/selection.js';

/**
 * A query of plain reads, answered by its statements alone: a statement's JSON is the value of its root field already,
 * to the byte what an execution would make of it, field by field.
 */
export class CompiledQuery implements CompiledOperation {
  readonly type = 'query';
  /** Where no directive decides about them, the root fields are the same at each run. */
  private readonly fixedFields: Selection | undefined;

  private constructor(
    private readonly schema: GraphQLSchema,
    readonly operation: OperationDefinitionNode,
    readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
    private readonly parentType: GraphQLObjectType,
  ) {
    this.fixedFields = hasDirectives(operation, fragments) ? undefined : this.collect({});
  }

  /** The operation's; undefined where it has none. */
  get name(): string | undefined {
    return this.operation.name?.value;
  }

  /** The operation of a valid document; undefined where it is no query. */
  static of(schema: GraphQLSchema, document: DocumentNode, operationName?: string | null): CompiledQuery | undefined {
    const operation = getOperationAST(document, operationName);
    const parentType = schema.getQueryType();
    if (operation?.operation !== OperationTypeNode.QUERY || !parentType) return undefined;
    return new CompiledQuery(schema, operation, fragmentsOf(document), parentType);
  }

  /**
   * The text of `data`.
   * @throws NeedsExecution for introspection, variables of the wrong type, and where there is nothing to read; what a statement throws, which an
   * execution throws again
   */
  async answer(context: Context, variables: RawVariables): Promise<string> {
    const { schema, operation, fragments, parentType } = this;
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (!coerced) throw new NeedsExecution();
    const info = { schema, operation, fragments, parentType, variableValues: coerced };
    const fields = this.fixedFields ?? this.collect(coerced);
    let reads = 0;
    const values = Array.from(fields, async ([key, fieldNodes]) => {
      const name = fieldNodes[0]?.name.value ?? '';
      if (name === '__typename') return JSON.stringify(parentType.name);
      if (name.startsWith('__')) throw new NeedsExecution();
      accessCheckOf(`${parentType.name}.${name}`)(context.viewer.role);
      reads += 1;
      return context.readText({ ...info, fieldNodes, path: { key } });
    });
    const texts = await Promise.all(values);
    // The viewer of a known query is proved by what is read.
    if (reads === 0) throw new NeedsExecution();
    return `{${[...fields.keys()].map((key, index) => `"${key}":${texts[index]}`).join(',')}}`;
  }

  private collect(variables: Readonly<Record<string, unknown>>): Selection {
    const { fragments, operation, parentType } = this;
    return collectFields({ fragments, variables }, parentType.name, [operation.selectionSet]);
  }
}
