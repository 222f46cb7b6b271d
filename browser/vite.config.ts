import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const page = (name: string) => resolve(import.meta.dirname, name, 'index.html');

/** The pages that run in a browser, as files that the service hands out: nothing is fetched from elsewhere. */
export default defineConfig({
  root: import.meta.dirname,
  // Pages lie one level below the assets' folder, but are served beside it: /explorer, /assets.
  experimental: {
    renderBuiltUrl: (file, { hostType }) => (hostType === 'html' ? file : { relative: true }),
  },
  build: {
    outDir: '../dist/browser',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 5000,
    rolldownOptions: {
      input: { explorer: page('explorer'), landing: page('landing') },
      // "use client" stands at the head of many a React library, and means nothing here.
      checks: { moduleLevelDirective: false },
    },
  },
  logLevel: 'warn',
  worker: { format: 'es' },
});
