import { type ExampleOperation, readExample } from './operations.js';

const files = import.meta.glob<string>('./operations/*.graphql', { query: '?raw', import: 'default', eager: true });

/** The example operations, in the order of their files. */
export const exampleOperations: readonly ExampleOperation[] = Object.keys(files)
  .sort()
  .map((path) => readExample(files[path] ?? ''));
