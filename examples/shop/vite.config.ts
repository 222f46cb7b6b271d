import { defineConfig } from 'vite';

/** The page and the API share an origin: Vite hands on what is for the API. */
const proxy = { '/graphql': process.env.CATALOG_URL ?? 'http://127.0.0.1:4000' };

export default defineConfig({
  root: import.meta.dirname,
  server: { host: '127.0.0.1', proxy },
  // Most of it is React and Apollo Client.
  build: { chunkSizeWarningLimit: 600 },
  preview: { host: '127.0.0.1', proxy },
});
