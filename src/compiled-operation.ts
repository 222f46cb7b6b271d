import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, visit } from 'graphql';
import type { Context } from './context.js';

/** Values of an operation's variables as a client sends them. */
export type RawVariables = Record<string, unknown>;

/** An operation that is answered without an execution: the statements' JSON is to the byte what one would make of it. */
export interface CompiledOperation {
  readonly type: 'query' | 'mutation';
  /** As the document has it; undefined where it has none. */
  readonly name: string | undefined;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** The text of `data`. @throws NeedsExecution where nothing has been done */
  answer(context: Context, variables: RawVariables): Promise<string>;
}

/** Thrown where only an execution can answer, or tell an error with its path. */
export class NeedsExecution extends Error {}

/** A document's fragments by their names. */
export function fragmentsOf(document: DocumentNode): Record<string, FragmentDefinitionNode> {
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>;
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
  }
  return fragments;
}

/** Whether a directive decides about what is selected, in an operation or any fragment. */
export function hasDirectives(
  operation: OperationDefinitionNode,
  fragments: Record<string, FragmentDefinitionNode>,
): boolean {
  let isFound = false;
  for (const node of [operation, ...Object.values(fragments)]) visit(node, { Directive: () => void (isFound = true) });
  return isFound;
}
