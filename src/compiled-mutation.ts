import {
  type DocumentNode,
  type FieldNode,
  getOperationAST,
  type GraphQLField,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import { getArgumentValues, getVariableValues } from 'graphql/execution/values.js';
import { accessCheckOf } from './access.js';
import {
  type CompiledOperation,
  fragmentsOf,
  hasDirectives,
  NeedsExecution,
  type RawVariables,
} from './compiled-operation.js';
import type { Context } from './context.js';
import type { RootInfo } from './database/statements.js';
import { JsonText } from './json-text.js';
import { collectFields } from './database/selection.js';

/** The fields whose resolver is one unit of work that answers the entry, and nothing beside. */
const PLAIN_WRITES = new Set(
  ['Product', 'Category', 'Tag']
    .flatMap((noun) => [`create${noun}`, `update${noun}`, `delete${noun}`])
    .concat('adjustStock'),
);

/** What stays of an operation from run to run. */
interface PlainWrite extends Omit<RootInfo, 'variableValues'> {
  readonly key: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
}

/** A mutation of one plain write, answered by the statement that reads the entry. */
export class CompiledMutation implements CompiledOperation {
  readonly type = 'mutation';
  readonly operation: PlainWrite['operation'];
  readonly fragments: PlainWrite['fragments'];

  private constructor(private readonly write: PlainWrite) {
    this.operation = write.operation;
    this.fragments = write.fragments;
  }

  get name(): string | undefined {
    return this.operation.name?.value;
  }

  /** The operation of a valid document; undefined where it is no such mutation. */
  static of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName?: string | null,
  ): CompiledMutation | undefined {
    const operation = getOperationAST(document, operationName);
    const parentType = schema.getMutationType();
    if (operation?.operation !== OperationTypeNode.MUTATION || !parentType) return undefined;
    const fragments = fragmentsOf(document);
    // A directive decides at each run what is selected.
    if (hasDirectives(operation, fragments)) return undefined;
    const fields = collectFields({ fragments, variables: {} }, parentType.name, [operation.selectionSet]);
    const [[key = '', fieldNodes = []] = []] = fields;
    const [node] = fieldNodes;
    const field = node && parentType.getFields()[node.name.value];
    if (fields.size !== 1 || !field || !PLAIN_WRITES.has(field.name)) return undefined;
    return new CompiledMutation({
      schema,
      operation,
      fragments,
      parentType,
      fieldNodes,
      path: { key },
      key,
      field,
      node,
    });
  }

  /**
   * Runs the resolver; its context hands out texts.
   * @throws NeedsExecution for variables or arguments of the wrong type, and who may not; else what the resolver throws
   */
  async answer(context: Context, variables: RawVariables): Promise<string> {
    const { key, field, ...root } = this.write;
    const { coerced } = getVariableValues(root.schema, root.operation.variableDefinitions ?? [], variables);
    if (!coerced) throw new NeedsExecution();
    const args = this.argumentsFor(context, coerced);
    const info = { ...root, variableValues: coerced } as unknown as GraphQLResolveInfo;
    const entry: unknown = await field.resolve?.(undefined, args, context, info);
    if (!(entry instanceof JsonText) || entry.text === 'null') throw new Error(`${field.name} answers no entry.`);
    return `{"${key}":${entry.text}}`;
  }

  /** The viewer may be somebody else by now: whom it is not for, only an execution can tell. */
  private argumentsFor({ viewer }: Context, variables: Record<string, unknown>): Record<string, unknown> {
    const { field, node, parentType } = this.write;
    try {
      accessCheckOf(`${parentType.name}.${field.name}`)(viewer.role);
      return getArgumentValues(field, node, variables);
    } catch (error) {
      throw new NeedsExecution(undefined, { cause: error });
    }
  }
}
