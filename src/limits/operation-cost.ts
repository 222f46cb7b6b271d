import {
  type ArgumentNode,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
  visit,
} from 'graphql';
import { BoundedMap } from '../shared/bounded-map.js';
import { LIST_SIZES, MUTATION_COST, OWN_COSTS } from './field-costs.js';

/** The sizes of a page, as configured. */
export interface PageSizes {
  readonly default: number;
  readonly max: number;
}

/** The values of an operation's variables. */
export type Variables = Readonly<Record<string, unknown>>;
/** A document's fragments by their names. */
export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>;

/** A list that field-costs.ts does not name. */
const USUAL_LIST_SIZE = 20;
/** Values of the variables that decide, whose costs are kept. */
const MOST_KEPT = 256;

/**
 * What an operation costs: about the number of entries that it reads. Each object that a field answers costs 1, and what
 * is selected of the entries of a list costs as many times as it has entries at most; scalars are free.
 *
 * Only variables for the size of a page, and those that directives ask for, make a difference; where there are none, an
 * operation is looked at once. The document is valid.
 */
export class OperationCost {
  private readonly deciding: readonly string[];
  private readonly kept = new BoundedMap<string, number>(MOST_KEPT);

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly operation: OperationDefinitionNode,
    private readonly fragments: Fragments,
    private readonly pageSizes: PageSizes,
  ) {
    this.deciding = decidingVariables(operation, fragments);
  }

  /** @param variables as the client sends them: they need not be right */
  of(variables: Variables): number {
    const key = this.deciding.map((name) => keyOf(variables[name])).join();
    const kept = this.kept.get(key);
    if (kept !== undefined) return kept;
    const { schema, operation, fragments, pageSizes } = this;
    const values = { ...defaultsOf(operation), ...variables };
    const cost = new Calculation(schema, fragments, pageSizes, values).ofOperation(operation);
    this.kept.set(key, cost);
    return cost;
  }
}

/** The cost of an operation with the values of one run. */
class Calculation {
  private readonly ofFragments = new Map<string, number>();

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Fragments,
    private readonly pageSizes: PageSizes,
    private readonly variables: Variables,
  ) {}

  ofOperation({ operation, selectionSet }: OperationDefinitionNode): number {
    const type = this.schema.getRootType(operation);
    return type ? this.ofSelection(type, selectionSet, 1) : 0;
  }

  /** @param page the entries of the page, where the type is a connection */
  private ofSelection(type: GraphQLNamedType, { selections }: SelectionSetNode, page: number): number {
    let cost = 0;
    for (const node of selections) {
      if (!this.isIncluded(node.directives)) continue;
      if (node.kind === Kind.FIELD) cost += this.ofField(type, node, page);
      else if (node.kind === Kind.INLINE_FRAGMENT) cost += this.ofSelection(type, node.selectionSet, page);
      else cost += this.ofFragment(type, node.name.value, page);
    }
    return cost;
  }

  private ofFragment(type: GraphQLNamedType, name: string, page: number): number {
    const key = `${name} ${page}`;
    const kept = this.ofFragments.get(key);
    if (kept !== undefined) return kept;
    const fragment = this.fragments[name];
    const cost = fragment ? this.ofSelection(type, fragment.selectionSet, page) : 0;
    this.ofFragments.set(key, cost);
    return cost;
  }

  private ofField(parent: GraphQLNamedType, node: FieldNode, page: number): number {
    const own = this.ownCost(parent, node);
    const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!field || !node.selectionSet) return own;
    const type = getNamedType(field.type);
    const entry = 1 + this.ofSelection(type, node.selectionSet, this.pageSize(field, node));
    return own + entry * this.entriesOf(parent, field, node, page);
  }

  private ownCost(parent: GraphQLNamedType, { name }: FieldNode): number {
    if (parent === this.schema.getMutationType() && name.value !== '__typename') return MUTATION_COST;
    return OWN_COSTS[`${parent.name}.${name.value}`] ?? 0;
  }

  private entriesOf(parent: GraphQLNamedType, field: GraphQLField<unknown, unknown>, node: FieldNode, page: number) {
    if (!isListType(getNullableType(field.type))) return 1;
    if (isConnection(parent)) return page;
    if (isPaged(field)) return this.pageSize(field, node);
    return LIST_SIZES[`${parent.name}.${field.name}`] ?? USUAL_LIST_SIZE;
  }

  private pageSize(field: GraphQLField<unknown, unknown>, { arguments: given = [] }: FieldNode): number {
    const size = this.valueOf(given, 'first') ?? this.valueOf(given, 'last') ?? defaultOf(field);
    // What is no number is refused when it is read.
    if (typeof size !== 'number') return this.pageSizes.default;
    return Math.min(Math.max(size, 1), this.pageSizes.max);
  }

  private valueOf(given: readonly ArgumentNode[], name: string): unknown {
    const value = given.find((argument) => argument.name.value === name)?.value;
    return value && this.read(value);
  }

  private read(value: ValueNode): unknown {
    if (value.kind === Kind.VARIABLE) return this.variables[value.name.value];
    if (value.kind === Kind.INT) return Number(value.value);
    return value.kind === Kind.BOOLEAN ? value.value : undefined;
  }

  private isIncluded(directives: readonly DirectiveNode[] = []): boolean {
    return directives.every(({ name, arguments: given = [] }) => {
      const condition = this.valueOf(given, 'if');
      return name.value === 'skip' ? condition !== true : name.value !== 'include' || condition !== false;
    });
  }
}

const isConnection = (type: GraphQLNamedType) => type.name.endsWith('Connection');

const isPaged = ({ args }: GraphQLField<unknown, unknown>) => args.some(({ name }) => name === 'first');

const defaultOf = ({ args }: GraphQLField<unknown, unknown>) => args.find(({ name }) => name === 'first')?.defaultValue;

/** Other values count alike. */
const keyOf = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'boolean' || value === undefined ? `${value}` : 'null';

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Variables {
  const constant = new Map<string, unknown>();
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue?.kind === Kind.INT) constant.set(variable.name.value, Number(defaultValue.value));
    if (defaultValue?.kind === Kind.BOOLEAN) constant.set(variable.name.value, defaultValue.value);
  }
  return Object.fromEntries(constant);
}

/** The variables that change the cost: in a page's size, or in a directive. */
function decidingVariables(operation: OperationDefinitionNode, fragments: Fragments): string[] {
  const names = new Set<string>();
  for (const node of [operation, ...Object.values(fragments)]) {
    visit(node, {
      Argument: ({ name, value }) => {
        if (value.kind === Kind.VARIABLE && DECIDING_ARGUMENTS.has(name.value)) names.add(value.name.value);
      },
    });
  }
  return [...names];
}

const DECIDING_ARGUMENTS = new Set(['first', 'last', 'if']);
