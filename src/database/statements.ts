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
import { BoundedMap } from '../shared/bounded-map.js';
import { type Compiler, type RootField, type Statement, withSizes } from './compiler.js';
import type { Bindings, ReadingViewer } from './param.js';

/** What of a resolver's information a statement depends on: all of it is about a root field. */
export type RootInfo = Pick<
  GraphQLResolveInfo,
  'schema' | 'operation' | 'fragments' | 'variableValues' | 'parentType' | 'fieldNodes'
> & { path: { key: string | number } };

/** The text of a statement; the same object for the same text, so that what is made of it can be kept. */
export interface SqlText {
  readonly sql: string;
}

/** A statement with the values of one run. */
export interface BoundStatement {
  statement: SqlText;
  values: unknown[];
  /** Whether it takes a few milliseconds at most. */
  isShort?: boolean;
  /** What to ask where this one gives up, which it says by having no answer. */
  otherwise?: () => BoundStatement;
}

/** What is kept of an operation. */
interface KeptOperation {
  /** The names of its variables, with what they may be. */
  readonly variables: readonly (readonly [name: string, type: GraphQLInputType])[];
  /** By root field, kind of viewer and shape. */
  readonly statements: Map<string, Statement>;
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
  private readonly kept = new WeakMap<OperationDefinitionNode, KeptOperation>();

  constructor(private readonly compiler: Compiler) {}

  /** The statement for a field of Query, bound. */
  bindQuery(info: RootInfo, viewer: ReadingViewer): BoundStatement {
    const statement = this.statementOf(info, viewer, (root) => this.compiler.compileQuery(root));
    return bind(statement, info, { viewer });
  }

  /** The statement for what a mutation selects of an entry, bound. @param entryId null for the one that a foreseen write makes */
  bindEntry(info: RootInfo, viewer: ReadingViewer, entryId: Id | null, given?: Bindings['given']): BoundStatement {
    const statement = this.statementOf(info, viewer, (root) => this.compiler.compileEntry(root));
    return bind(statement, info, { viewer, entryId, given });
  }

  /** The statement for what a field of Subscription tells of an event, bound. */
  bindEvent(info: RootInfo, viewer: ReadingViewer, eventId: number): BoundStatement {
    const statement = this.statementOf(info, viewer, (root) => this.compiler.compileQuery(root));
    return bind(statement, info, { viewer, entryId: eventId });
  }

  private statementOf(info: RootInfo, viewer: ReadingViewer, compile: (root: RootField) => Statement): Statement {
    const { variables, statements } = this.keptFor(info);
    const key = `${info.path.key}${kindOf(viewer)}${shapeOfVariables(variables, info.variableValues)}`;
    const kept = statements.get(key);
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
    if (statements.size >= MOST_SHAPES) statements.clear();
    statements.set(key, statement);
    return statement;
  }

  private keptFor({ operation, schema }: RootInfo): KeptOperation {
    const kept = this.kept.get(operation);
    if (kept) return kept;
    const variables = (operation.variableDefinitions ?? []).map(
      ({ variable, type }) => [variable.name.value, typeFromAST(schema, type) as GraphQLInputType] as const,
    );
    const fresh: KeptOperation = { variables, statements: new Map() };
    this.kept.set(operation, fresh);
    return fresh;
  }
}

/** A statement with the values of one run, in the order of its parameters. */
function bind(statement: Statement, info: RootInfo, run: Omit<Bindings, 'args'>): BoundStatement {
  const args = statement.fields.map(({ definition, node, path }) => {
    const values = getArgumentValues(definition, node, info.variableValues);
    assertWellFormed(values, path);
    return values;
  });
  const bindings: Bindings = { ...run, args };
  for (const check of statement.checks) check(bindings);
  const values = statement.slots.map((slot) => slot.read(bindings));
  const { otherwise, isShort } = statement;
  return {
    statement: sized(statement, bindings),
    values,
    isShort,
    otherwise: otherwise && (() => bind(otherwise, info, run)),
  };
}

const sizedStatements = new WeakMap<Statement, Map<string, SqlText>>();

/** The text for the pages' sizes of one run. */
function sized(statement: Statement, bindings: Bindings): SqlText {
  if (statement.sizes.length === 0) return statement;
  const sizes = statement.sizes.map((read) => read(bindings));
  const bySize = sizedStatements.get(statement) ?? new BoundedMap<string, SqlText>(MOST_SHAPES);
  sizedStatements.set(statement, bySize);
  const key = sizes.join(',');
  const kept = bySize.get(key) ?? { sql: withSizes(statement.sql, sizes) };
  bySize.set(key, kept);
  return kept;
}

/** The kinds of viewers that get statements of their own. */
function kindOf({ isAdmin, isStaff }: ReadingViewer): string {
  if (isAdmin) return ' admin';
  return isStaff ? ' staff' : ' public';
}

function shapeOfVariables(variables: KeptOperation['variables'], values: RootInfo['variableValues']): string {
  let shape = '';
  for (const [name, type] of variables) shape += `,${shapeOf(values[name], type)}`;
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
