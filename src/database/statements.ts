import {
  GraphQLEnumType,
  type GraphQLInputType,
  type GraphQLResolveInfo,
  getNamedType,
  isInputObjectType,
  isListType,
  type OperationDefinitionNode,
  typeFromAST,
} from 'graphql';
import { getArgumentValues } from 'graphql/execution/values.js';
import type { Id } from '../shared/id.js';
import { assertWellFormed } from '../shared/input-rules.js';
import type { Compiler, RootField, Statement } from './compiler.js';
import type { Bindings, ReadingViewer } from './param.js';

/** What of a resolver's information a statement depends on: all of it is about a root field. */
export type RootInfo = Pick<
  GraphQLResolveInfo,
  'schema' | 'operation' | 'fragments' | 'variableValues' | 'parentType' | 'fieldNodes'
> & { path: { key: string | number } };

/** A statement with the values of one run. */
export interface BoundStatement {
  statement: Statement;
  values: unknown[];
}

// Shapes of one operation's variables that are kept; a client that exceeds them pays for compiling.
const MOST_SHAPES = 256;

/**
 * Keeps the statements of root fields: each is compiled once per operation of a parsed document, per shape of its
 * variables and per kind of viewer, and lives as long as the document.
 *
 * The shape of variables is which of them are given, the values of booleans and enums, and the same within input
 * objects: all that can change the text of a statement. Every other value is bound by the run.
 */
export class Statements {
  private readonly kept = new WeakMap<OperationDefinitionNode, Map<string, Statement>>();

  constructor(private readonly compiler: Compiler) {}

  /** The statement for a field of Query, bound. */
  bindQuery(info: RootInfo, viewer: ReadingViewer): BoundStatement {
    const statement = this.statementOf(info, viewer, (root) => this.compiler.compileQuery(root));
    return { statement, values: bind(statement, info, { viewer }) };
  }

  /** The statement for what a mutation selects of an entry, bound. */
  bindEntry(info: RootInfo, viewer: ReadingViewer, entryId: Id, given?: Bindings['given']): BoundStatement {
    const statement = this.statementOf(info, viewer, (root) => this.compiler.compileEntry(root));
    return { statement, values: bind(statement, info, { viewer, entryId, given }) };
  }

  private statementOf(info: RootInfo, viewer: ReadingViewer, compile: (root: RootField) => Statement): Statement {
    const ofOperation = this.keptFor(info.operation);
    const key = `${info.path.key}${kindOf(viewer)}${shapeOfVariables(info)}`;
    const kept = ofOperation.get(key);
    if (kept) return kept;
    const statement = compile({
      operation: {
        fragments: info.fragments,
        variables: info.variableValues,
      },
      parentType: info.parentType,
      nodes: info.fieldNodes,
      viewer,
    });
    if (ofOperation.size >= MOST_SHAPES) ofOperation.clear();
    ofOperation.set(key, statement);
    return statement;
  }

  private keptFor(operation: OperationDefinitionNode): Map<string, Statement> {
    const kept = this.kept.get(operation);
    if (kept) return kept;
    const fresh = new Map<string, Statement>();
    this.kept.set(operation, fresh);
    return fresh;
  }
}

/** The values of one run, in the order of the statement's parameters. */
function bind(statement: Statement, info: RootInfo, run: Omit<Bindings, 'args'>): unknown[] {
  const args = statement.fields.map(({ definition, node, path }) => {
    const values = getArgumentValues(definition, node, info.variableValues);
    assertWellFormed(values, path);
    return values;
  });
  const bindings: Bindings = { ...run, args };
  for (const check of statement.checks) check(bindings);
  return statement.slots.map((slot) => slot.read(bindings));
}

/** The kinds of viewers that get statements of their own. */
function kindOf({ isAdmin, isStaff }: ReadingViewer): string {
  if (isAdmin) return ' admin';
  return isStaff ? ' staff' : ' public';
}

function shapeOfVariables({ operation, variableValues, schema }: RootInfo): string {
  let shape = '';
  for (const { variable, type } of operation.variableDefinitions ?? []) {
    const inputType = typeFromAST(schema, type) as GraphQLInputType;
    shape += `,${shapeOf(variableValues[variable.name.value], inputType)}`;
  }
  return shape;
}

function shapeOf(value: unknown, type: GraphQLInputType): string {
  if (value === undefined) return '';
  if (value === null) return '0';
  if (typeof value === 'boolean') return value ? 't' : 'f';
  const named = getNamedType(type);
  if (named instanceof GraphQLEnumType) return JSON.stringify(value);
  if (!isInputObjectType(named) || isListType(type)) return '1';
  const fields = named.getFields();
  return `{${Object.entries(value)
    .map(([key, inner]) => `${key}:${fields[key] ? shapeOf(inner, fields[key].type) : ''}`)
    .join(',')}}`;
}
