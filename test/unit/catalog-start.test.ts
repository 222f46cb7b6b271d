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

/** Makes Node one that can not keep what it compiles, such as Node 20. */
const OLDER_NODE = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      const isTaken = specifier === 'node:module' && context.parentURL?.endsWith('/keep-compiled.js');
      return isTaken ? { url: 'data:text/javascript,export const constants = {}', shortCircuit: true } : next(specifier, context);
    },
  });
`)}`;

function catalog(args: readonly string[], environment: Record<string, string> = {}, hooks: readonly string[] = []) {
  const imported = [WATCHER, ...hooks].flatMap((hook) => ['--import', hook]);
  const command = [...imported, resolve('dist/src/cli/main.js'), ...args];
  const { stdout, stderr } = spawnSync(process.execPath, command, { env: environment, encoding: 'utf8' });
  return { out: stdout, ...(JSON.parse(stderr) as { loaded: string[]; cache?: string }) };
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

test('a Node that can not keep what it compiles runs commands all the same', () => {
  const { out, cache } = catalog(['migrate', '--help'], {}, [OLDER_NODE]);
  expect(out).toContain('Usage: catalog migrate');
  expect(cache).toBeUndefined();
});

test('a Node that is too old is told so by service and command', () => {
  const hook = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '20.20.2' } })`;
  for (const entry of ['dist/src/main.js', 'dist/src/cli/main.js']) {
    const { status, stderr } = spawnSync(process.execPath, ['--import', hook, resolve(entry)], { encoding: 'utf8' });
    expect(stderr).toContain('Node.js 20.20.2 is too old to run the service: it takes 22 or newer.');
    expect(status).toBe(1);
  }
});
