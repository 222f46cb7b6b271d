import * as module from 'node:module';
import { join } from 'node:path';
import { packageFolder } from './package-folder.js';

/**
 * Keeps what Node compiles from now on, so that the next process starts faster: beside the packages, or where
 * NODE_COMPILE_CACHE says. Where nothing can be written there, or by a Node before 22.8, nothing is kept.
 * @see https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 */
export function keepCompiled(): void {
  // By name it could not be imported from a Node that has none.
  const { enableCompileCache }: Partial<typeof module> = module;
  // Not in the folder for temporary files, Node's own choice: others may write there, and this is code.
  enableCompileCache?.(join(packageFolder(), 'node_modules', '.cache', 'catalog'));
}
