/** `ok`, `warning`: works, and should be looked at; `problem`: does not work, or will not keep what it is given. */
export type Level = 'ok' | 'warning' | 'problem';

/** What one look at an installation came to. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly level: Level;
  readonly message: string;
  /** What to do. */
  readonly advice?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, level: 'ok', message });

export const warning = (check: string, message: string, advice: string): Finding => ({
  check,
  level: 'warning',
  message,
  advice,
});

export const problem = (check: string, message: string, advice: string): Finding => ({
  check,
  level: 'problem',
  message,
  advice,
});
