import { z } from 'zod';
import { BadUserInputError, type FieldProblem } from '../errors.js';
import { LONGEST_SLUG, SLUG } from './slug.js';
import { foldCase, illFormedText } from './text.js';

// A few characters grow eighteenfold under NFKC, and PostgreSQL's indexes take rows of up to 2704 bytes.
const LONGEST_KEY = 1024;

/** A name: one line, blanks at its ends cut off. */
export const name = (max: number) =>
  z
    .string(`must be a text of 1 to ${max} characters`)
    .trim()
    .min(1, `must be a text of 1 to ${max} characters`)
    .max(max, `must be a text of 1 to ${max} characters`)
    .refine((text) => !/\p{Cc}/u.test(text), 'must be one line without control characters')
    .refine((text) => text.isWellFormed(), 'must not hold unpaired surrogates')
    .refine(
      (text) => Buffer.byteLength(foldCase(text)) <= LONGEST_KEY,
      `must be at most ${LONGEST_KEY} bytes when normalised`,
    );

export const slug = z
  .string('must be lower-case letters and digits, with single hyphens between them')
  .max(LONGEST_SLUG, `must be at most ${LONGEST_SLUG} characters`)
  .regex(SLUG, 'must be lower-case letters and digits, with single hyphens between them');

export const text = (max: number) =>
  z
    .string(`must be a text of at most ${max} characters`)
    .max(max, `must be at most ${max} characters`)
    .superRefine((value, context) => {
      const message = illFormedText(value);
      if (message) context.addIssue(message);
    });

const HTTP_RULE = 'must be an absolute http or https URL of at most 2048 characters';

export const httpUrl = z
  .string(HTTP_RULE)
  .max(2048, HTTP_RULE)
  .refine((url) => /^https?:\/\/[^\s]+$/i.test(url) && URL.canParse(url) && !illFormedText(url), HTTP_RULE);

export const wholeNumber = (min: number, max: number) =>
  z
    .number(`must be a whole number from ${min} to ${max}`)
    .int(`must be a whole number from ${min} to ${max}`)
    .min(min, `must be from ${min} to ${max}`)
    .max(max, `must be from ${min} to ${max}`);

export const number = (min: number, max: number) =>
  z
    .number(`must be a number from ${min} to ${max}`)
    .min(min, `must be from ${min} to ${max}`)
    .max(max, `must be from ${min} to ${max}`);

export const boolean = z.boolean('must be true or false');

/** All that is wrong with a value by a schema, each with the path below the value. */
export function problemsOf(schema: z.ZodType, value: unknown): FieldProblem[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
}

/**
 * An input by its rules, as they leave it (names trimmed).
 * @throws BadUserInputError with every field that breaks a rule
 */
export function validate<T>(schema: z.ZodType<T>, input: unknown, path = 'input'): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw new BadUserInputError(
    result.error.issues.map((issue) => ({ path: [path, ...issue.path].join('.'), message: issue.message })),
  );
}

/**
 * Refuses arguments with a text that a database can't hold, wherever in them it stands.
 * @param path of the field that has the arguments, empty for a root field
 * @throws BadUserInputError naming each such argument
 */
export function assertWellFormed(args: Record<string, unknown>, path = ''): void {
  const problems: FieldProblem[] = [];
  collectIllFormed(args, path, problems);
  if (problems.length > 0) throw new BadUserInputError(problems);
}

function collectIllFormed(value: unknown, path: string, problems: FieldProblem[]): void {
  if (typeof value === 'string') {
    const message = illFormedText(value);
    if (message) problems.push({ path, message });
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, inner] of Object.entries(value)) collectIllFormed(inner, path ? `${path}.${key}` : key, problems);
  }
}

/** The fields of a change that are given: one left out keeps its value. */
export const withoutUndefined = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
