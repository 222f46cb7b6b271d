import { Kind, parse } from 'graphql';
import type { ExampleOperation } from '../operations.js';

/** What there is where the service answers registered operations only; null where it keeps to itself which these are. */
export type RegisteredOperations = readonly ExampleOperation[] | null;

let registered: RegisteredOperations | undefined;
const listeners = new Set<() => void>();

/** undefined where every operation is answered. */
export const registeredOperations = (): RegisteredOperations | undefined => registered;

/** Calls back once it is known. @returns what ends it */
export function onRegisteredOperations(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Asks which operations are registered. @returns whether the service answers no others */
export async function loadRegisteredOperations(): Promise<boolean> {
  const response = await fetch(new URL('explorer/operations', location.href));
  if (!response.ok) return false;
  const { operations } = (await response.json()) as { operations: { name: string | null; text: string }[] | null };
  registered = operations && operations.map(toExample);
  for (const listener of listeners) listener();
  return true;
}

function toExample({ name, text }: { name: string | null; text: string }): ExampleOperation {
  const operation = parse(text).definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const [comment = ''] = /^(#.*\n)+/.exec(text) ?? [];
  return {
    title: name ?? 'Without a name',
    description: comment.replaceAll(/^# ?/gm, '').trim().replaceAll('\n', ' '),
    kind: operation?.operation ?? 'query',
    text,
  };
}
