import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SOURCES = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

/** Runs work with the TypeScript of the sources: where this is their build, the command runs again from them. */
export async function fromSources(work: () => Promise<void>): Promise<void> {
  const isBuild = import.meta.filename.endsWith('.js');
  if (!isBuild || !existsSync(SOURCES)) return work();
  const child = spawn(process.execPath, ['--import', '@oxc-node/core/register', SOURCES, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
