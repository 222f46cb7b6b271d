import { createHash } from 'node:crypto';
import { type GraphQLSchema, Kind, parse, validate } from 'graphql';
import { BadUserInputError } from '../errors.js';

/** An operation as a build hands it over. */
export interface BuiltOperation {
  readonly id: string;
  readonly name: string | null;
  readonly text: string;
}

/** The id of a text that has no other. */
export const idOfText = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * The operations in a file: a persisted query manifest of Apollo's, persisted documents of Relay's or of GraphQL Code
 * Generator's (an object of texts by id), or a document.
 * @see https://www.apollographql.com/docs/graphos/platform/security/persisted-queries#manifest-format
 * @see https://relay.dev/docs/guides/persisted-queries/
 * @throws BadUserInputError for a file that is none of these
 */
export function readOperations(path: string, content: string): BuiltOperation[] {
  if (!path.endsWith('.json')) return [{ id: idOfText(content), name: nameOf(path, content), text: content }];
  const manifest = parseJson(path, content);
  const pairs = Array.isArray(manifest.operations)
    ? manifest.operations.map((operation: unknown) => pairOf(operation))
    : Object.entries(manifest);
  return pairs.map(([id, text]) => {
    if (typeof id !== 'string' || typeof text !== 'string') throw wrong(path, 'is no manifest of operations');
    return { id, name: nameOf(path, text), text };
  });
}

const pairOf = (operation: unknown): [unknown, unknown] => {
  const { id, body } = (operation ?? {}) as { id?: unknown; body?: unknown };
  return [id, body];
};

function parseJson(path: string, content: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Told below, as anything else that is no manifest.
  }
  throw wrong(path, 'is no manifest of operations');
}

/** The name of the first operation; null where it has none. */
function nameOf(path: string, text: string): string | null {
  try {
    const operation = parse(text).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
    return operation?.name?.value ?? null;
  } catch (error) {
    throw wrong(path, `has a document that is none: ${(error as Error).message}`);
  }
}

/** What is wrong with an operation by the API's schema, a sentence each. */
export const problemsOf = (schema: GraphQLSchema, { text }: BuiltOperation): string[] =>
  validate(schema, parse(text)).map(({ message }) => message);

const wrong = (path: string, message: string) => new BadUserInputError([{ path, message }]);
