import {
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** How large a document may be, whatever it asks for. */
export interface DocumentLimits {
  /** Levels of nested selections below an operation; a scalar of a root field is the second. */
  readonly depth: number;
  /** Aliases of an operation, those of a fragment counted wherever it is spread; the same holds for root fields. */
  readonly aliases: number;
  readonly rootFields: number;
  /** Directives of the whole document, as written. */
  readonly directives: number;
  /** Values of a list that is written out. */
  readonly listLength: number;
}

/** What is too much of a document, as a sentence; undefined where nothing is. It need not be valid. */
export function excessOf(document: DocumentNode, limits: DocumentLimits): string | undefined {
  return excessOfNodes(document, limits) ?? excessOfSelections(document, limits);
}

function excessOfNodes(document: DocumentNode, limits: DocumentLimits): string | undefined {
  let directives = 0;
  let longest = 0;
  visit(document, {
    Directive: () => void (directives += 1),
    ListValue: ({ values }) => void (longest = Math.max(longest, values.length)),
  });
  if (directives > limits.directives) return tooMany(directives, 'directives', limits.directives);
  if (longest > limits.listLength) return tooMany(longest, 'values in a list', limits.listLength);
  return undefined;
}

/** How much a selection is, with what its fragments select. */
interface Measure {
  readonly depth: number;
  readonly aliases: number;
  /** At its own level. */
  readonly fields: number;
}

function excessOfSelections(document: DocumentNode, limits: DocumentLimits): string | undefined {
  const measure = measurer(document, limits.depth);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, aliases, fields } = measure(definition.selectionSet, 1);
    if (depth > limits.depth) return `The selection is nested more than ${limits.depth} levels deep.`;
    if (aliases > limits.aliases) return tooMany(aliases, 'aliases', limits.aliases);
    if (fields > limits.rootFields) return tooMany(fields, 'root fields', limits.rootFields);
  }
  return undefined;
}

const tooMany = (count: number, what: string, limit: number) =>
  `The document has ${count} ${what}; at most ${limit} are allowed.`;

/**
 * Measures selections, each fragment once: fragments that spread one another several times stand for exponentially many
 * fields. One that spreads itself counts for nothing there: validation refuses it.
 */
function measurer({ definitions }: DocumentNode, deepest: number) {
  const fragments = new Map(definitions.filter(isFragment).map((fragment) => [fragment.name.value, fragment]));
  const measured = new Map<string, Measure>();

  const measureFragment = (name: string): Measure => {
    const kept = measured.get(name);
    if (kept) return kept;
    measured.set(name, NOTHING);
    const fragment = fragments.get(name);
    const measure = fragment ? measureSet(fragment.selectionSet, 1) : NOTHING;
    measured.set(name, measure);
    return measure;
  };

  const measureSet = (set: SelectionSetNode | undefined, level: number): Measure => {
    // Deep enough to be refused: what is below need not be looked at.
    if (!set || level > deepest + 1) return NOTHING;
    let depth = 1;
    let aliases = 0;
    let fields = 0;
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) {
        // Introspection is deep by nature, and graphql-js has a rule for it.
        const inner = measureSet(node.name.value.startsWith('__') ? undefined : node.selectionSet, level + 1);
        depth = Math.max(depth, inner.depth + 1);
        aliases += inner.aliases + (node.alias ? 1 : 0);
        fields += 1;
      } else {
        const inner =
          node.kind === Kind.INLINE_FRAGMENT ? measureSet(node.selectionSet, level) : measureFragment(node.name.value);
        depth = Math.max(depth, inner.depth);
        aliases += inner.aliases;
        fields += inner.fields;
      }
    }
    return { depth, aliases, fields };
  };
  return measureSet;
}

const NOTHING: Measure = { depth: 0, aliases: 0, fields: 0 };

const isFragment = (definition: DefinitionNode): definition is FragmentDefinitionNode =>
  definition.kind === Kind.FRAGMENT_DEFINITION;
