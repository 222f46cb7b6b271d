import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** Tells at its end which commands' modules were loaded, and where Node keeps what it compiles. */
const WATCHER = `data:text/javascript,${encodeURIComponent(`
  import { getCompileCacheDir, registerHooks } from 'node:module';
  const loaded = [];
  registerHooks({
    load(url, context, next) {
      const [, name] = /\\/cli\\/([\\w-]+)\\.command\\.js$/.exec(url) ?? [];
      if (name) loaded.push(name);
      return next(url, context);
    },
  });
  process.on('exit', () => console.error(JSON.stringify({ loaded, cache: getCompileCacheDir() })));
`)}`;

function catalog(args: readonly string[], environment: Record<string, string> = {}) {
  const command = ['--import', WATCHER, resolve('dist/src/cli/main.js'), ...args];
  const { stdout, stderr } = spawnSync(process.execPath, command, { env: environment, encoding: 'utf8' });
  return { out: stdout, ...(JSON.parse(stderr) as { loaded: string[]; cache: string }) };
}

test('a command loads no other, and what is compiled is kept beside the packages', () => {
  const { loaded, cache } = catalog(['migrate', '--help']);
  expect(loaded).toEqual(['migrate']);
  expect(cache).toContain(resolve('node_modules/.cache/catalog'));
});

test('the help tells of all of them, and the environment where what is compiled is kept', () => {
  const elsewhere = resolve('temp/compiled');
  const { out, loaded, cache } = catalog(['--help'], { NODE_COMPILE_CACHE: elsewhere });
  const told = Array.from(out.matchAll(/^ {2}(\w+)/gm), ([, name]) => name);
  expect(new Set(told)).toEqual(new Set([...loaded, 'help']));
  expect(loaded.length).toBeGreaterThan(9);
  expect(cache).toContain(join(elsewhere, ''));
});
