import { createInterface } from 'node:readline';
import password from '@inquirer/password';
import { BadUserInputError } from '../errors.js';

/**
 * A password from who runs the command: asked for twice on a terminal, without showing it; else one line of standard
 * input. Never an argument: those are in the shell's history and in the list of processes.
 */
export async function readPassword(username: string): Promise<string> {
  if (!process.stdin.isTTY) return readLine();
  const first = await password({ message: `Password of ${username}:` }, { output: process.stderr });
  const second = await password({ message: 'The same again:' }, { output: process.stderr });
  if (first !== second) throw new BadUserInputError([{ path: 'password', message: 'was not the same both times' }]);
  return first;
}

async function readLine(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin })) return line;
  throw new BadUserInputError([{ path: 'password', message: 'must be given as a line of standard input' }]);
}
