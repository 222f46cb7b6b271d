import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

/**
 * Runs a script of a workspace's package.json, such as the one that generates its code.
 * @throws Error with what it said, where it fails
 */
export async function runScript(workspace: string, script: string): Promise<void> {
  try {
    await promisify(execFile)('npm', ['run', '--silent', script], { cwd: resolve(workspace) });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`npm run ${script} failed in ${workspace}:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Loads a module of a workspace that is there only once its code was generated: the checks of types don't follow this. */
export const importGenerated = <Module>(workspace: string, file: string): Promise<Module> =>
  import(/* @vite-ignore */ pathToFileURL(join(resolve(workspace), file)).href) as Promise<Module>;
