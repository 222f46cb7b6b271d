import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { migrationNames } from '../migrator/migration-file.js';
import type { DatabaseKind } from '../migrator/sql-text.js';

const SOURCES = fileURLToPath(new URL('../../../src/', import.meta.url));
const COMMAND = `${SOURCES}cli/main.ts`;

/** Whether this is the build of sources that are there, too. */
const isBuildOfSources = () => import.meta.filename.endsWith('.js') && existsSync(COMMAND);

/** Runs work with the TypeScript of the sources: where this is their build, the command runs again from them. */
export async function fromSources(work: () => Promise<void>): Promise<void> {
  if (!isBuildOfSources()) return work();
  const child = spawn(process.execPath, ['--import', '@oxc-node/core/register', COMMAND, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}

/** Says which migrations of the sources the build does not have. */
export function warnOfStaleBuild(kind: DatabaseKind, built: string): void {
  if (!isBuildOfSources()) return;
  const known = new Set(migrationNames(built));
  const missing = migrationNames(`${SOURCES}migrations/${kind}`).filter((name) => !known.has(name));
  if (missing.length > 0) console.error(`The build does not have ${missing.join(', ')} yet: run \`npm run build\`.`);
}
