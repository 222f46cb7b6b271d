import * as fc from 'fast-check';
import {
  getNamedType,
  getNullableType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

/** An operation as a client sends it. */
export interface FuzzOperation {
  query: string;
  variables: Record<string, unknown>;
}

/** Texts that trip somebody: databases, patterns, numbers, terminals, pages, path names, text that is none. */
const TEXTS = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\uD83D',
  '\uDE00a',
  "' or 1=1 --",
  '"; drop table tags; --',
  '%',
  '_',
  '\\',
  '*',
  '"*"',
  'a" OR "b',
  'NEAR(a b)',
  '-a',
  'a:*',
  '!a & (b | c)',
  '$1',
  '?',
  '{{7*7}}',
  '${process.env}',
  '__proto__',
  'constructor',
  '<script>alert(1)</script>',
  '../../../etc/passwd',
  'line\r\nset-cookie: a=b',
  '\u202Eright to left',
  'ﷺ'.repeat(300),
  'İıßſẞǅ',
  'e\u0301'.repeat(500),
  '👩‍👩‍👧‍👦',
  'NaN',
  'Infinity',
  '1e309',
  '-1',
  '0',
  '1',
  '2',
  '2147483648',
  '9223372036854775808',
  '9'.repeat(400),
  '0x10',
  '1.5',
  '1.505',
  '2026-02-30T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '9999-12-31T23:59:60Z',
  'x'.repeat(5000),
  'слово '.repeat(400),
];

const text = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
);
const int = fc.oneof(
  fc.constantFrom(0, 1, -1, 2, 3, 100, 101, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 53, -(2 ** 53)),
  fc.integer({ min: 1, max: 40 }),
);
const float = fc.oneof(int, fc.constantFrom(0.1, -0, 1e308, -1e308, 5e-324, 1 / 3), fc.double({ noNaN: true }));
const anything = fc.oneof(text, float, fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }));

const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  Int: int,
  Float: float,
  Boolean: fc.boolean(),
  String: text,
  ID: fc.oneof(text, int.map(String), int),
};

/** Values for an input type: mostly of the type, and some of none. */
function valueOf(type: GraphQLInputType, depth = 0): fc.Arbitrary<unknown> {
  const right = rightValueOf(getNullableType(type), depth);
  const none = isNonNullType(type) ? 1 : 4;
  return fc.oneof(
    { weight: 40, arbitrary: right },
    { weight: none, arbitrary: fc.constant(null) },
    { weight: 2, arbitrary: anything },
  );
}

function rightValueOf(type: GraphQLInputType, depth: number): fc.Arbitrary<unknown> {
  if (isListType(type)) {
    const some = fc.array(valueOf(type.ofType, depth), { maxLength: 4 });
    const many = fc.constantFrom(300, 1001).map((length) => Array.from({ length }, (_, index) => String(index)));
    return fc.oneof({ weight: 20, arbitrary: some }, { weight: 1, arbitrary: many });
  }
  if (isEnumType(type)) return fc.constantFrom(...type.getValues().map(({ name }) => name));
  if (!isInputObjectType(type)) return SCALARS[getNamedType(type).name] ?? anything;
  const fields = Object.values(type.getFields());
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, valueOf(field.type, depth + 1)])), {
    requiredKeys: fields.filter(({ type: given }) => isNonNullType(given)).map(({ name }) => name),
  });
}

/** One field of a selection, with what is selected of it. */
interface FuzzField {
  name: string;
  alias: string | undefined;
  args: { name: string; type: string; inputType: GraphQLInputType; value: unknown; isLiteral: boolean }[];
  selection: FuzzField[];
}

const DEEPEST = 3;

function fieldOf(field: GraphQLField<unknown, unknown>, depth: number): fc.Arbitrary<FuzzField> {
  return fc.record({
    name: fc.constant(field.name),
    alias: fc.option(fc.constantFrom('a', 'b', 'id', '__proto', 'toString'), { nil: undefined, freq: 6 }),
    args: argumentsOf(field.args),
    selection: selectionOf(field.type, depth),
  });
}

function argumentsOf(args: readonly GraphQLArgument[]): fc.Arbitrary<FuzzField['args']> {
  const given = args.map((arg) =>
    fc.record({
      isGiven: fc.nat(isNonNullType(arg.type) ? 30 : 2).map((dice) => dice > 0),
      name: fc.constant(arg.name),
      type: fc.constant(String(arg.type)),
      inputType: fc.constant(arg.type),
      value: valueOf(arg.type),
      isLiteral: fc.nat(3).map((dice) => dice === 0),
    }),
  );
  return fc.tuple(...given).map((all) => all.filter(({ isGiven }) => isGiven));
}

function selectionOf(type: GraphQLOutputType, depth: number): fc.Arbitrary<FuzzField[]> {
  const named = getNamedType(type);
  if (!isObjectType(named)) return fc.constant([]);
  const fields = Object.values(named.getFields()).filter(
    (field) => depth < DEEPEST || !isObjectType(getNamedType(field.type)),
  );
  const chosen =
    fields.length > 0 ? fc.subarray(fields, { minLength: 1, maxLength: Math.min(4, fields.length) }) : fc.constant([]);
  return chosen.chain((some) => fc.tuple(...some.map((field) => fieldOf(field, depth + 1))));
}

/** Operations on one root field, valid but for the values in them. */
export function operationsOn(
  kind: 'query' | 'mutation' | 'subscription',
  field: GraphQLField<unknown, unknown>,
): fc.Arbitrary<FuzzOperation> {
  return fieldOf(field, 0).map((root) => {
    const definitions: string[] = [];
    const variables: Record<string, unknown> = {};
    const print = ({ name, alias, args, selection }: FuzzField): string => {
      const given = args.map(({ name: argument, type, inputType, value, isLiteral }) => {
        if (isLiteral) return `${argument}: ${literalOf(value, inputType)}`;
        const variable = `v${definitions.length}`;
        definitions.push(`$${variable}: ${type}`);
        variables[variable] = value;
        return `${argument}: $${variable}`;
      });
      const inner = selection.length > 0 ? ` { ${selection.map(print).join(' ')} __typename }` : '';
      return `${alias ? `${alias}: ` : ''}${name}${given.length > 0 ? `(${given.join(', ')})` : ''}${inner}`;
    };
    const body = print(root);
    return {
      query: `${kind} Fuzz${definitions.length > 0 ? `(${definitions.join(', ')})` : ''} { ${body} }`,
      variables,
    };
  });
}

/** A value as it is written in a document. */
function literalOf(value: unknown, type: GraphQLInputType | undefined): string {
  const inner = type && getNullableType(type);
  if (Array.isArray(value)) {
    const of = inner && isListType(inner) ? inner.ofType : undefined;
    return `[${value.map((entry) => literalOf(entry, of)).join(', ')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = inner && isInputObjectType(inner) ? inner.getFields() : {};
    const entries = Object.entries(value).filter(([key]) => /^[_a-z]\w*$/i.test(key));
    return `{ ${entries.map(([key, entry]) => `${key}: ${literalOf(entry, fields[key]?.type)}`).join(', ')} }`;
  }
  return typeof value === 'string' && inner && isEnumType(inner) ? value : JSON.stringify(value);
}

/** Documents that are no good: one that is, with something taken out, put in or changed. */
export const brokenDocuments = (documents: fc.Arbitrary<FuzzOperation>): fc.Arbitrary<FuzzOperation> =>
  fc
    .record({
      operation: documents,
      at: fc.double({ min: 0, max: 0.999, noNaN: true }),
      length: fc.nat(12),
      put: fc.oneof(
        fc.constantFrom(
          '',
          '{',
          '}',
          '...',
          '@skip(if: true)',
          '"',
          '"""',
          '$',
          '!',
          '#',
          '...X',
          '@a',
          '\u0000',
          ': x',
          '&',
        ),
        fc.string({ unit: 'binary', maxLength: 4 }),
      ),
    })
    .map(({ operation: { query, variables }, at, length, put }) => {
      const start = Math.floor(at * query.length);
      return { query: query.slice(0, start) + put + query.slice(start + length), variables };
    });
