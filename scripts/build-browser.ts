import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';
import { COMPRESSED } from '../src/pages/built-file.js';

const OUT = join('dist', 'browser');

/** Builds what the service hands out to browsers into dist/browser; what is up to date already is left as it is. */
async function main(): Promise<void> {
  await unlessDone('bundle', ['browser/**/*.*', 'scripts/build-browser.ts', 'package-lock.json'], async () => {
    await build({ configFile: join('browser', 'vite.config.ts') });
    // For what is no page of the bundle's, under a name without a hash.
    copyFileSync(join('browser', 'icon.svg'), join(OUT, 'icon.svg'));
    for (const file of globSync(`${OUT}/**/*.{html,js,css,svg}`)) await compress(file);
  });
  await unlessDone(
    'reference',
    ['browser/reference/*', 'scripts/*.ts', 'src/**/*.ts', 'package-lock.json'],
    buildReference,
  );
}

/** Runs a step unless the files that it depends on are those of the last time. */
async function unlessDone(step: string, patterns: string[], run: () => Promise<void>): Promise<void> {
  const stamp = join(OUT, `${step}.stamp`);
  const fingerprint = fingerprintOf(patterns);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  await run();
  writeFileSync(stamp, fingerprint);
}

function fingerprintOf(patterns: string[]): string {
  const hash = createHash('sha256');
  for (const file of globSync(patterns).sort()) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

async function buildReference(): Promise<void> {
  const { renderReference } = await import('../browser/reference/render-reference.js');
  const { buildCatalogSchema } = await import('../src/schema.js');
  for (const old of globSync(`${OUT}/assets/reference-*.css*`)) rmSync(old);
  const css = readFileSync(join('browser', 'reference', 'reference.css'), 'utf8');
  const stylesheet = `assets/reference-${createHash('sha256').update(css).digest('hex').slice(0, 8)}.css`;
  const icon = globSync('assets/icon-*.svg', { cwd: OUT })[0] ?? '';
  mkdirSync(join(OUT, 'reference'), { recursive: true });
  await write(stylesheet, css);
  await write('reference/index.html', await renderReference(buildCatalogSchema(), { stylesheet, icon }));
}

async function write(name: string, text: string): Promise<void> {
  const file = join(OUT, name);
  writeFileSync(file, text);
  await compress(file);
}

/** Writes the file's compressed forms beside it. Quality 9 is within a tenth of 11, in a tenth of the time. */
async function compress(file: string): Promise<void> {
  const content = readFileSync(file);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 9,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
  };
  writeFileSync(file + COMPRESSED.br, await promisify(brotliCompress)(content, { params }));
  writeFileSync(file + COMPRESSED.gzip, await promisify(gzip)(content));
}

await main();
