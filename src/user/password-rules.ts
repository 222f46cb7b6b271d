import { dictionary } from '@zxcvbn-ts/language-common';
import type { z } from 'zod';
import { foldCase } from '../shared/text.js';

const SHORTEST = 10;
export const LONGEST_PASSWORD = 200;

const COMMONEST = new Set(dictionary['passwords-common'].filter((password) => password.length >= SHORTEST));

/** Why a password may not be used, or undefined where it may. */
export function problemOfPassword(password: string, username: string): string | undefined {
  if (password.length < SHORTEST || password.length > LONGEST_PASSWORD)
    return `must have ${SHORTEST} to ${LONGEST_PASSWORD} characters`;
  const folded = foldCase(password);
  if (folded === foldCase(username)) return 'must not be the username';
  return COMMONEST.has(folded) ? 'must not be one of the commonest passwords' : undefined;
}

/** The rule of a password, for an input that also has the username. */
export function passwordRules({ value, issues }: z.core.ParsePayload<{ username: string; password: string }>): void {
  const message = problemOfPassword(value.password, value.username);
  // The input goes nowhere: an issue that holds a password could end up in a log.
  if (message) issues.push({ code: 'custom', path: ['password'], message, input: undefined });
}
