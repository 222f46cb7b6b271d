import confirm from '@inquirer/confirm';
import select from '@inquirer/select';
import type { RenameAnswers } from './renames.js';

/** The questions that only a person can answer; none where there is no terminal. */
export type Dialogue = Pick<RenameAnswers, 'ask'> & {
  /** Whether a migration may take away what is in these. */
  readonly confirmLosses?: (losses: readonly string[]) => Promise<boolean>;
};

export function dialogue(): Dialogue {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return {};
  const context = { output: process.stderr };
  return {
    ask: ({ table, from, to }) =>
      select<string | undefined>(
        {
          message: `${table}.${from} is gone. What became of it?`,
          choices: [
            ...to.map((name) => ({ name: `It was renamed: it is ${name} now`, value: name })),
            { name: 'It was dropped, and what is in it may go', value: undefined },
          ],
        },
        context,
      ),
    confirmLosses: (losses) =>
      confirm({ message: `This takes away for good what is in ${losses.join(', ')}. Go on?`, default: false }, context),
  };
}
