import {
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** What an operation brings along to read its selections by. */
export interface Operation {
  fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  variables: Readonly<Record<string, unknown>>;
}

/** Response key → the nodes that select it, in the order of the document. */
export type Selection = ReadonlyMap<string, readonly FieldNode[]>;

/**
 * The fields selected of an object type, fragments spread, `@skip` and `@include` applied, same keys merged.
 * @see https://spec.graphql.org/October2021/#CollectFields()
 */
export function collectFields(
  operation: Operation,
  type: string,
  sets: readonly (SelectionSetNode | undefined)[],
): Selection {
  const fields = new Map<string, FieldNode[]>();
  for (const set of sets) if (set) collectInto(fields, operation, type, set);
  return fields;
}

function collectInto(
  fields: Map<string, FieldNode[]>,
  operation: Operation,
  type: string,
  set: SelectionSetNode,
): void {
  for (const node of set.selections) {
    if (!isIncluded(operation, node)) continue;
    if (node.kind === Kind.FIELD) {
      const key = node.alias?.value ?? node.name.value;
      const nodes = fields.get(key);
      if (nodes) nodes.push(node);
      else fields.set(key, [node]);
      continue;
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : operation.fragments[node.name.value];
    // The API has neither interfaces nor unions: a fragment applies to the type of its own name alone.
    const condition = fragment?.typeCondition?.name.value ?? type;
    if (fragment && condition === type) collectInto(fields, operation, type, fragment.selectionSet);
  }
}

function isIncluded({ variables }: Operation, node: SelectionNode): boolean {
  if (!node.directives?.length) return true;
  const skip = getDirectiveValues(GraphQLSkipDirective, node, variables);
  if (skip?.if === true) return false;
  const include = getDirectiveValues(GraphQLIncludeDirective, node, variables);
  return include?.if !== false;
}
