import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The behaviour of the service, once on each database. */
const onDatabase = (database: string) => ({
  extends: true as const,
  test: {
    name: database,
    include: ['test/service/**/*.test.ts'],
    env: { TEST_DATABASE: database },
    globalSetup: database === 'postgresql' ? ['test/support/postgres.ts'] : [],
    // To load the service anew for each file took longer than many of them. What a test changes is its own database's.
    isolate: false,
  },
});

export default defineConfig({
  // The decorators of MikroORM and type-graphql are the legacy ones.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  // graphql has a CommonJS build, which Node takes, and an ES one, which Vite would take: one schema needs one of them.
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    // .ci/run reads the counts from the file.
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'temp/tests.json' }]] : ['default'],
    setupFiles: ['test/support/setup.ts'],
    // Tests wait for databases and processes of their own: one worker a core, not one less.
    maxWorkers: '100%',
    // Longer than anything takes on a machine that is busy with other things, too.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      // Pure functions have nothing to be kept apart.
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'], isolate: false } },
      onDatabase('sqlite'),
      onDatabase('postgresql'),
      // Front ends' libraries, as their users set them up.
      {
        extends: true,
        test: { name: 'clients', include: ['clients/**/*.test.ts'], env: { TEST_DATABASE: 'sqlite' } },
      },
      // What people see in a browser does not depend on the database.
      {
        extends: true,
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          env: { TEST_DATABASE: 'sqlite' },
          globalSetup: ['test/support/chromium.ts'],
        },
      },
    ],
  },
});
