import {
  type FieldNode,
  getNamedType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { getArgumentValues } from 'graphql/execution/values.js';
import { sql } from 'kysely';
import { QueryTooComplexError } from '../errors.js';
import { compileConnection } from './connection.js';
import { and, asJson, type Dialect, join, type Sql } from './dialect.js';
import { type Effort, effortsOf } from './effort.js';
import { type Bindings, Param, type ReadingViewer, Slot } from './param.js';
import { type ListBase, type NounReads, type RootRead, Row } from './reads.js';
import { collectFields, type Operation } from './selection.js';

/** How many rows a list answers, and looks at. */
export interface ListLimits {
  /** Sizes of a page. */
  readonly page: { readonly default: number; readonly max: number };
  /** The rows of a filter that a page may sort; with more, it looks along the list's order. */
  readonly sortedRows: number;
}

/** The nouns that can be read, by the name of their GraphQL type. */
export type Nouns = ReadonlyMap<string, NounReads>;

/** A statement that answers a root field: its text, and where a run finds what it binds. */
export interface Statement {
  readonly sql: string;
  readonly slots: readonly Slot[];
  /** The fields whose arguments the slots read from, in the order of {@link Bindings.args}. */
  readonly fields: readonly { definition: GraphQLField<unknown, unknown>; node: FieldNode; path: string }[];
  /** The rules of the arguments that the shape alone can't tell; each throws. */
  readonly checks: readonly ((bindings: Bindings) => void)[];
  /** Sizes of pages, which stand in the text: see {@link Compilation.sizeInText}. Checked by the rules. */
  readonly sizes: readonly ((bindings: Bindings) => number)[];
  /** Whether it takes a few milliseconds at most, whatever the arguments: an entry by its key, or a page that is found by a first effort. */
  readonly isShort: boolean;
  /** What answers where this one gives up and has no answer; undefined where it never does. */
  readonly otherwise?: Statement;
}

const sizeToken = (index: number) => `{size ${index}}`;

/** The text of a statement with the sizes of its pages put in. */
export const withSizes = (text: string, sizes: readonly number[]): string =>
  sizes.reduce((sized, size, index) => sized.replaceAll(sizeToken(index), String(Math.trunc(size))), text);

/** What is compiled: a root field, as its operation selects it. */
export interface RootField {
  operation: Operation;
  parentType: GraphQLObjectType;
  nodes: readonly FieldNode[];
  viewer: ReadingViewer;
}

/** Selections nested deeper than this are refused: each level is a subselect within the one above. */
const DEEPEST = 24;

/** The state of one compilation: the aliases given out, the arguments met. */
export class Compilation {
  readonly fields: Statement['fields'][number][] = [];
  readonly checks: Statement['checks'][number][] = [];
  readonly sizes: Statement['sizes'][number][] = [];
  private rows = 0;

  constructor(
    readonly dialect: Dialect,
    readonly schema: GraphQLSchema,
    readonly nouns: Nouns,
    readonly limits: ListLimits,
    readonly operation: Operation,
    readonly viewer: ReadingViewer,
    /** How much the root field's list may look at; undefined for all. */
    readonly effort: Effort | undefined,
  ) {}

  /** Whether the statement may have no answer. */
  givesUp = false;
  /** Whether the root field answers one entry, or a page of them. */
  isOfFew = false;
  /** Whether something is counted, or listed within an entry. */
  mayTakeLong = false;

  newRow(): Row {
    this.rows += 1;
    return new Row(`t${this.rows}`);
  }

  noun(type: string): NounReads {
    const noun = this.nouns.get(type);
    if (!noun) throw new Error(`No reads are declared for the type ${type}.`);
    return noun;
  }

  objectType(name: string): GraphQLObjectType {
    const type = this.schema.getType(name);
    if (!isObjectType(type)) throw new Error(`${name} is no object type.`);
    return type;
  }

  /** The condition that keeps what the viewer may not see out of a noun's rows. */
  visible(noun: NounReads, row: Row): Sql | undefined {
    return noun.visible?.(row, this);
  }

  /** The key of who asks, bound; null for who is not signed in. */
  get viewerId(): Sql {
    return this.dialect.bind(new Slot(({ viewer }) => viewer.userId ?? null), 'integer');
  }

  /** The key of the session in which the viewer asks, bound. */
  get viewerSessionId(): Sql {
    return this.dialect.bind(new Slot(({ viewer }) => viewer.sessionId ?? null), 'integer');
  }

  /**
   * The size of a page, as digits in the text. PostgreSQL takes a limit that is bound for a tenth of the table, finds
   * that too dear to keep a plan for, and plans anew at each run; SQLite compiles anew.
   */
  sizeInText(read: Statement['sizes'][number]): Sql {
    return sql.raw(sizeToken(this.sizes.push(read) - 1));
  }

  /** The finished statement around the SQL of the root field. */
  finish(answer: Sql): Statement {
    const compiled = sql`select ${answer} as answer`.compile(this.dialect.kysely);
    const { fields, checks, sizes } = this;
    const isShort = this.isOfFew && !this.mayTakeLong;
    return { sql: compiled.sql, slots: compiled.parameters as Slot[], fields, checks, sizes, isShort };
  }
}

/** What a field's declaration in a `*.reads.ts` works with: its arguments, its selection, and the pieces of SQL. */
export class FieldScope {
  readonly dialect: Dialect;
  readonly viewer: ReadingViewer;
  /** The field's arguments. */
  readonly args: Param;
  /** The name of the type that the field answers, without list and non-null. */
  readonly type: string;

  constructor(
    readonly compilation: Compilation,
    parentType: GraphQLObjectType,
    readonly nodes: readonly FieldNode[],
    /** The response keys on the way here, without the root field's. */
    readonly path: readonly string[],
  ) {
    if (path.length > DEEPEST)
      throw new QueryTooComplexError(`The selection is nested more than ${DEEPEST} levels deep.`);
    const [node] = nodes;
    const definition = node && parentType.getFields()[node.name.value];
    if (!node || !definition) throw new Error(`${parentType.name} has no field ${node?.name.value}.`);
    this.dialect = compilation.dialect;
    this.viewer = compilation.viewer;
    this.type = getNamedType(definition.type).name;
    this.args = this.argumentsOf(definition, node);
  }

  private argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): Param {
    if (definition.args.length === 0) return new Param(this.dialect, () => ({}), {});
    const { fields, operation } = this.compilation;
    const index = fields.push({ definition, node, path: this.path.join('.') }) - 1;
    return new Param(this.dialect, ({ args }) => args[index], getArgumentValues(definition, node, operation.variables));
  }

  get selectionSets(): readonly (SelectionSetNode | undefined)[] {
    return this.nodes.map((node) => node.selectionSet);
  }

  /** The scope of a field within this one's answer. */
  at(parentType: GraphQLObjectType, nodes: readonly FieldNode[], path: readonly string[]): FieldScope {
    return new FieldScope(this.compilation, parentType, nodes, path);
  }

  newRow(): Row {
    return this.compilation.newRow();
  }

  /** The condition that keeps what the viewer may not see of a type's rows out; undefined where all may be seen. */
  visible(type: string, row: Row): Sql | undefined {
    return this.compilation.visible(this.compilation.noun(type), row);
  }

  /** The JSON object of what is selected of a noun's row; by default of the noun that the field answers. */
  object(row: Row, type = this.type, sets = this.selectionSets, path = this.path): Sql {
    const { compilation, dialect } = this;
    const objectType = compilation.objectType(type);
    const { fields } = compilation.noun(type);
    const selected = collectFields(compilation.operation, type, sets);
    return dialect.jsonObject(
      Array.from(selected, ([key, nodes]) => {
        const name = nodes[0]?.name.value ?? '';
        if (name === '__typename') return [key, dialect.jsonText(type)];
        const read = fields[name];
        if (!read) throw new Error(`The field ${type}.${name} has no reads declared.`);
        return [key, read(row, new FieldScope(compilation, objectType, nodes, [...path, key]))];
      }),
    );
  }

  /** The one row for which a condition holds, or null. */
  one(where: (target: Row) => Sql): Sql {
    const noun = this.compilation.noun(this.type);
    const row = this.newRow();
    return asJson(
      sql`(select ${this.object(row)} from ${this.from(noun, row)} where ${and([where(row), this.compilation.visible(noun, row)])})`,
    );
  }

  /** The entry that a mutation answers. */
  entry(): Sql {
    const id = this.slot(({ entryId }) => entryId);
    return this.one((row) => sql`${row.column('id')} = ${this.dialect.entryId(id)}`);
  }

  /** What a mutation answers besides its entry. */
  given(field: string): Sql {
    return this.dialect.bind(
      this.slot(({ given }) => given?.[field] ?? null),
      'text',
    );
  }

  /** All rows for which a condition holds, in an order. */
  list(where: (target: Row) => Sql, orderBy: (target: Row) => readonly Sql[]): Sql {
    const noun = this.compilation.noun(this.type);
    const row = this.newRow();
    const array = this.dialect.jsonArrayOf(this.object(row), { orderBy: join(orderBy(row), sql`, `) });
    return asJson(
      sql`(select ${array} from ${this.from(noun, row)} where ${and([where(row), this.compilation.visible(noun, row)])})`,
    );
  }

  /** What a from clause has, of a type without a table: an object for each, in its order. */
  rows(from: Sql): Sql {
    this.compilation.mayTakeLong = true;
    return asJson(sql`(select ${this.dialect.jsonArrayOf(this.object(this.newRow()))} from ${from})`);
  }

  /** How many rows of a noun there are for which a condition holds, and which the viewer may see. */
  count(type: string, where: (target: Row) => Sql): Sql {
    const noun = this.compilation.noun(type);
    const row = this.newRow();
    this.compilation.mayTakeLong = true;
    return sql`(select count(*) from ${this.from(noun, row)} where ${and([where(row), this.compilation.visible(noun, row)])})`;
  }

  /** A page of rows as a Relay connection: of all, or of those of a base. */
  connection(base?: ListBase): Sql {
    return compileConnection(this, base);
  }

  /** A parameter that each run reads from the arguments. */
  slot(read: (bindings: Bindings) => unknown): Slot {
    return new Slot(read);
  }

  /** Runs a rule of the arguments at each run of the statement. */
  check(rule: (bindings: Bindings) => void): void {
    this.compilation.checks.push(rule);
  }

  from(noun: NounReads, row: Row): Sql {
    return sql`${sql.table(this.table(noun))} as ${sql.ref(row.alias)}`;
  }

  table({ table, type }: NounReads): string {
    if (table === undefined) throw new Error(`${type} has no rows of its own.`);
    return table;
  }
}

/** Compiles root fields to statements, for one database. */
export class Compiler {
  constructor(
    private readonly dialect: Dialect,
    private readonly schema: GraphQLSchema,
    private readonly nouns: Nouns,
    private readonly limits: ListLimits,
  ) {}

  /** The statement that answers a field of Query or Subscription, as its noun's `roots` declare it. */
  compileQuery(root: RootField): Statement {
    const read = this.rootRead(root.nodes[0]?.name.value ?? '');
    const compile = ([effort, ...more]: readonly Effort[]): Statement => {
      const { compilation, scope } = this.begin(root, effort);
      const statement = compilation.finish(read(scope));
      if (!compilation.givesUp) return statement;
      return { ...statement, otherwise: { ...compile(more), isShort: false } };
    };
    return compile(effortsOf(this.limits.sortedRows));
  }

  private rootRead(name: string): RootRead {
    for (const { roots } of this.nouns.values()) if (roots[name]) return roots[name];
    throw new Error(`The root field ${name} has no reads declared.`);
  }

  /** The statement that reads what a mutation selects of the entry with an id, {@link Bindings.entryId}. */
  compileEntry(root: RootField): Statement {
    const { compilation, scope } = this.begin(root);
    const isRowless = compilation.noun(scope.type).table === undefined;
    return compilation.finish(isRowless ? scope.object(scope.newRow()) : scope.entry());
  }

  private begin({ operation, parentType, nodes, viewer }: RootField, effort?: Effort) {
    const compilation = new Compilation(this.dialect, this.schema, this.nouns, this.limits, operation, viewer, effort);
    return { compilation, scope: new FieldScope(compilation, parentType, nodes, []) };
  }
}
