import type { EntityManager } from '@mikro-orm/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Database } from '../database/database.js';
import { unitOfWork } from '../database/unit-of-work.js';
import { BadUserInputError, CatalogError, ConflictError, ErrorCode, UnavailableError } from '../errors.js';
import type { Id } from '../shared/id.js';
import { AnswerSeal } from './answer-seal.js';
import { AnsweredMeanwhile, KeptAnswers } from './kept-answers.js';

/** The header by which a client names a request that it may send again. */
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';

/** What may stand in the header, within quotation marks or without. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Errors that say what became of the request; any other asks for another try, or for another request. */
const DECIDED = new Set<unknown>([
  ErrorCode.BAD_USER_INPUT,
  ErrorCode.NOT_FOUND,
  ErrorCode.CONFLICT,
  ErrorCode.VERSION_CONFLICT,
  ErrorCode.OUT_OF_STOCK,
  ErrorCode.INVALID_CREDENTIALS,
  ErrorCode.FORBIDDEN,
]);

/** What a root field came to, as it is kept. */
type Outcome = { value: unknown } | { error: { message: string; extensions: Record<string, unknown> } };

/** What a process keeps answers with. */
export interface AnswerKeeping {
  readonly database: Database;
  /** The first one seals; the others open still. */
  readonly secrets: readonly string[];
  readonly hours: number;
}

/** An error that was answered before. */
class RepeatedError extends CatalogError {
  constructor(message: string, { code, ...extensions }: Record<string, unknown>) {
    super(message, code as ErrorCode, extensions);
  }
}

/**
 * A mutation that its client may send again, under an Idempotency-Key: each root field runs once, and a repeat answers
 * what it answered. The answer is kept in the transaction of the change, so that there is never one without the other.
 * What no one has decided (UNAVAILABLE, and whatever a client is to do something about first) is not kept.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export class RepeatableRequest {
  private readonly key: string;
  private readonly answers: KeptAnswers;
  /** Of the root field that is being answered: those of a mutation come one after another. */
  private position = -1;
  private opened: { seal: AnswerSeal; outcomes: ReadonlyMap<number, Outcome> } | undefined;

  /** @param viewerId who asks; undefined for who is not signed in */
  constructor(
    private readonly keeping: AnswerKeeping,
    header: string,
    private readonly viewerId: Id | undefined,
  ) {
    this.key = header.replace(/^"(.*)"$/, '$1');
    this.answers = new KeptAnswers(keeping.database, this.key, keeping.hours);
  }

  /**
   * Answers a root field as it was answered before, else by what `resolve` comes to.
   * @throws ConflictError where the key was used for another request
   */
  async answer(info: GraphQLResolveInfo, resolve: () => unknown): Promise<unknown> {
    if (!KEY.test(this.key))
      throw new BadUserInputError([
        { path: 'Idempotency-Key', message: 'must have 1 to 255 visible ASCII characters' },
      ]);
    this.position += 1;
    const { outcomes } = (this.opened ??= await this.open(info));
    const before = outcomes.get(this.position);
    if (before) return repeat(before);
    try {
      return await resolve();
    } catch (error) {
      const isFirst = isDecided(error) ? await this.keepError(error) : !(error instanceof AnsweredMeanwhile);
      if (isFirst) throw error;
      return this.answerOfOther(info);
    }
  }

  /** Runs what changes something, and keeps its answer in the same transaction. @throws AnsweredMeanwhile */
  async within<T>(em: EntityManager, change: () => Promise<T>): Promise<T> {
    await this.answers.claim(em, this.position);
    const value = await change();
    // Without an answer, something else than the transaction decides what is said.
    if (value === undefined) await this.answers.release(em, this.position);
    else await this.keep(em, { value });
    return value;
  }

  /** What the same request, sent at the same time, came to. */
  private async answerOfOther(info: GraphQLResolveInfo): Promise<unknown> {
    this.opened = await this.open(info);
    const outcome = this.opened.outcomes.get(this.position);
    if (!outcome) throw new UnavailableError('The same request is being answered: try again.');
    return repeat(outcome);
  }

  /** Nothing was changed: the error has a transaction of its own. @returns false where another answer was kept meanwhile */
  private async keepError({ message, extensions }: CatalogError): Promise<boolean> {
    try {
      await unitOfWork(this.keeping.database, async (em) => {
        await this.answers.claim(em, this.position);
        await this.keep(em, { error: { message, extensions } });
      });
      return true;
    } catch (late) {
      if (late instanceof AnsweredMeanwhile) return false;
      throw late;
    }
  }

  private async keep(em: EntityManager, outcome: Outcome): Promise<void> {
    const { seal } = this.opened as { seal: AnswerSeal };
    await this.answers.keep(em, this.position, seal.seal(JSON.stringify(outcome)));
  }

  private async open({ operation, variableValues }: GraphQLResolveInfo) {
    const { source } = operation.loc ?? {};
    const request = JSON.stringify([this.viewerId ?? null, source?.body, operation.name?.value, variableValues]);
    const seal = new AnswerSeal(this.keeping.secrets, this.key, request);
    const outcomes = new Map<number, Outcome>();
    for (const [position, sealed] of await this.answers.find()) {
      const text = seal.open(sealed);
      if (text === undefined)
        throw new ConflictError('This Idempotency-Key was used for another request: each one needs a key of its own.');
      outcomes.set(position, JSON.parse(text) as Outcome);
    }
    return { seal, outcomes };
  }
}

function repeat(outcome: Outcome): unknown {
  if ('value' in outcome) return outcome.value;
  throw new RepeatedError(outcome.error.message, outcome.error.extensions);
}

const isDecided = (error: unknown): error is CatalogError =>
  error instanceof CatalogError && DECIDED.has(error.extensions.code);
