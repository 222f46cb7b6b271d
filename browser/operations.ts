/** An operation to begin with, as its file in `operations/` has it. */
export interface ExampleOperation {
  /** The operation's name in words, such as "Change price". */
  readonly title: string;
  /** The comment above it. */
  readonly description: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The whole file: the comment, then the operation. */
  readonly text: string;
}

/** @param text a comment of one line or more, and one operation with a name */
export function readExample(text: string): ExampleOperation {
  const match = /^((?:#.*\n)+)(query|mutation|subscription) (\w+)/.exec(text);
  if (!match) throw new Error(`An example is a comment and an operation with a name, not: ${text}`);
  const [, comment = '', kind, name = ''] = match;
  return {
    title: inWords(name),
    description: comment.replaceAll(/^# ?/gm, '').trim().replaceAll('\n', ' '),
    kind: kind as ExampleOperation['kind'],
    text: text.trim(),
  };
}

function inWords(name: string): string {
  const words = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
