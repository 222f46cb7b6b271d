import { registerHooks } from 'node:module';

// npm puts gql.tada beside the service's TypeScript 7, which has no API that it could use; this folder has a TypeScript 5.
registerHooks({
  resolve: (name, context, next) =>
    next(name, name === 'typescript' ? { ...context, parentURL: import.meta.url } : context),
});
