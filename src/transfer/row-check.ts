import type { z } from 'zod';
import { createCategoryRules } from '../category/category.inputs.js';
import { BadUserInputError, type FieldProblem, WrongValueError } from '../errors.js';
import { createProductRules } from '../product/product.inputs.js';
import { assertWellFormed, slug } from '../shared/input-rules.js';
import { createTagRules } from '../tag/tag.inputs.js';
import { userRules } from '../user/user.inputs.js';
import type { Kind, RecordOf, SourceNames } from './records.js';
import type { SeenSlugs } from './seen-slugs.js';

/** The rules of the API; here, a slug is always given. */
const RULES: Record<Kind, z.ZodObject> = {
  category: createCategoryRules.extend({ slug }),
  tag: createTagRules.extend({ slug }),
  product: createProductRules.extend({ slug }),
  user: userRules.extend({ slug }),
};

const NAME_RULES = { category: createCategoryRules.shape.name, tag: createTagRules.shape.name };

// The API's inputs take null for "as it is by default"; a record leaves such a field out.
const NEVER_NULL = ['stock', 'isActive', 'role'];

/** The problems of one row, each field's first one, by the source's names. */
export class RowCheck {
  readonly problems: FieldProblem[] = [];

  constructor(private readonly names: SourceNames = {}) {}

  /** @param path by the record's names */
  refuse(path: string, message: string): undefined {
    const named = this.names[path] ?? path;
    if (!this.problems.some((problem) => problem.path === named)) this.problems.push({ path: named, message });
    return undefined;
  }

  /** What a value is read as; undefined, and a problem, where it breaks the rule of its scalar. */
  attempt<T>(path: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof WrongValueError)) throw error;
      return this.refuse(path, error.message);
    }
  }

  /** The candidate by the rules of its kind, as they leave it: names trimmed. Of no use where there are problems. */
  apply<K extends Kind>(kind: K, candidate: Partial<Record<keyof RecordOf[K], unknown>>): RecordOf[K] {
    for (const { path, message } of illFormedIn(candidate)) this.refuse(path, message);
    const result = RULES[kind].safeParse(candidate);
    for (const issue of result.error?.issues ?? []) this.refuse(issue.path.join('.'), issue.message);
    const record: Record<string, unknown> = result.data ?? {};
    for (const field of NEVER_NULL) if (record[field] === null) delete record[field];
    return record as unknown as RecordOf[K];
  }

  /** A value by a rule, as it leaves it; undefined, and a problem, where it breaks it. */
  read<T>(path: string, rule: z.ZodType<T>, value: unknown): T | undefined {
    for (const { message } of illFormedIn({ value })) this.refuse(path, message);
    const result = rule.safeParse(value);
    for (const { message } of result.error?.issues ?? []) this.refuse(path, message);
    return result.data;
  }

  /** A name that a category or tag may have. */
  readName(kind: 'category' | 'tag', path: string, name: unknown): string {
    return this.read(path, NAME_RULES[kind], name) ?? '';
  }

  /** Refuses a slug that an earlier row of the same source has. */
  claimSlug(slugs: SeenSlugs, kind: Kind, claimed: string, line: number): void {
    const earlier = slugs.claim(`${kind} ${claimed}`, line);
    if (earlier !== undefined) this.refuse('slug', `must not repeat: "${claimed}" is that of line ${earlier} already`);
  }
}

function illFormedIn(candidate: Record<string, unknown>): FieldProblem[] {
  try {
    assertWellFormed(candidate);
    return [];
  } catch (error) {
    if (error instanceof BadUserInputError) return error.fields;
    throw error;
  }
}
