import type { Pool } from 'pg';
import { CommitUnknownError } from '../errors.js';
import type { Author } from './author.js';
import type { ForeseenWrite } from './foreseen-writes.js';
import { signatureOf } from './postgresql.js';
import { Batch, BatchError, type BatchStatement, lossBehind, type TextRow } from './postgresql-batch.js';
import { answeringConnection, releasing } from './postgresql-connections.js';
import { type Proof, renumbered } from './proof.js';
import type { StatementListener } from './statement-listener.js';
import type { BoundStatement, SqlText } from './statements.js';

/** So many units share a transaction at most: others who write events wait for all of them. */
const MOST_UNITS = 16;

/** How long a statement may wait for a lock, in milliseconds: whoever has it may wait for events that come from here. */
const LONGEST_WAIT = 500;

/** What PostgreSQL says of a statement that has waited so long, and of one that took too long or was cancelled. */
const LOCK_NOT_AVAILABLE = '55P03';
const CANCELLED = '57014';

/** How long all units have transactions of their own after such a wait, in milliseconds. */
const PAUSE = 1000;

/** A unit of work whose statements are known before it begins. */
export interface ForeseenUnit {
  readonly author: Author;
  /** What has to hold when it begins; undefined where that is known. */
  readonly proof?: Proof | undefined;
  readonly write: ForeseenWrite;
  /** Reads the answer when all is written. */
  readonly answer: BoundStatement;
}

interface WaitingUnit {
  /** Its write, and what reads its answer. */
  readonly statements: readonly BatchStatement[];
  /** Told undefined where nothing was done. */
  readonly settle: (done: Done | undefined) => void;
  readonly fail: (error: Error) => void;
}

interface Done {
  readonly answer: string;
  /** When its statements were sent, by `performance.now()`. */
  readonly startedAt: number;
}

const BEGINNING: readonly BatchStatement[] = [
  { text: `select set_config('lock_timeout', '${LONGEST_WAIT}', true)`, values: [] },
  // Each unit's events are written while its own author is known.
  { text: 'set constraints all immediate', values: [] },
];

/**
 * Foreseen units of work that wait at the same time are one message and one transaction: the commit, the lock that keeps
 * events in order, and the waiting for an answer are paid for once. One message is on its way at a time; units that come
 * meanwhile make the next.
 *
 * Nothing but success is decided here. A unit whose write has no effect, or fails, is to have a transaction of its own, which tells
 * why. Where one fails, PostgreSQL takes back all of them: the others go again.
 */
export class PostgresUnits {
  private waiting: WaitingUnit[] = [];
  private isCommitting = false;
  private pausedUntil = 0;

  constructor(
    private readonly pool: Pool,
    private readonly listener: StatementListener | undefined,
  ) {}

  /**
   * Does a unit and commits it, with others.
   * @returns its answer; undefined where nothing was done
   * @throws CommitUnknownError where the connection is lost: whether the commit was made, only the server knows
   */
  async commit(unit: ForeseenUnit): Promise<string | undefined> {
    if (performance.now() < this.pausedUntil) return undefined;
    const statements = statementsOf(unit);
    const done = await this.wait(statements);
    if (done) for (const { text } of statements) this.listener?.(text, done.startedAt, true);
    return done?.answer;
  }

  private wait(statements: readonly BatchStatement[]): Promise<Done | undefined> {
    return new Promise((settle, fail) => {
      this.waiting.push({ statements, settle, fail });
      if (!this.isCommitting) this.commitSoon();
    });
  }

  /** Together with what else comes in this turn of the event loop. */
  private commitSoon(): void {
    this.isCommitting = true;
    setImmediate(() => void this.commitNext());
  }

  private async commitNext(): Promise<void> {
    const units = this.waiting.splice(0, MOST_UNITS);
    const startedAt = performance.now();
    try {
      const answers = await this.run(units.flatMap(({ statements }) => statements));
      units.forEach(({ settle }, index) => {
        const answer = answerOf(answers, placeOf(index));
        settle(answer === undefined ? undefined : { answer, startedAt });
      });
    } catch (error) {
      if (!(error instanceof BatchError)) failAll(units, error as Error);
      else if (error.isTakenBack) this.doAgain(units, error);
      else failAll(units, new CommitUnknownError(error.cause));
    }
    if (this.waiting.length > 0) this.commitSoon();
    else this.isCommitting = false;
  }

  /** The rows of each statement. @throws BatchError, or what there is no connection for */
  private async run(statements: readonly BatchStatement[]): Promise<TextRow[][]> {
    const client = await answeringConnection(this.pool);
    return releasing(client, () => Batch.run(client, [...BEGINNING, ...statements]), lossBehind);
  }

  /** Without the one that failed; where that is no single one, each is to have a transaction of its own. */
  private doAgain(units: readonly WaitingUnit[], { cause, leavesConnection, through }: BatchError): void {
    if (cause.code === LOCK_NOT_AVAILABLE) return this.pause(units);
    const failed = leavesConnection ? units.find((_, index) => through < placeOf(index + 1)) : undefined;
    if (!failed) return giveBack(units);
    this.waiting = [...units.filter((unit) => unit !== failed), ...this.waiting];
    if (cause.code === CANCELLED) failed.fail(cause);
    else giveBack([failed]);
  }

  private pause(units: readonly WaitingUnit[]): void {
    this.pausedUntil = performance.now() + PAUSE;
    giveBack([...units, ...this.waiting]);
    this.waiting = [];
  }
}

/** Has units done in transactions of their own. */
const giveBack = (units: readonly WaitingUnit[]): void => {
  for (const { settle } of units) settle(undefined);
};

const failAll = (units: readonly WaitingUnit[], error: Error): void => {
  for (const { fail } of units) fail(error);
};

/** Where the statements of a unit begin. */
const placeOf = (unit: number): number => BEGINNING.length + 2 * unit;

/** A unit's answer stands behind its write, which has no row where it has no effect. */
function answerOf(answers: readonly TextRow[][], write: number): string | undefined {
  const [isWritten] = answers[write] ?? [];
  return isWritten && (answers[write + 1]?.[0]?.[0] ?? 'null');
}

const signedTexts = new WeakMap<SqlText, Map<string, string>>();

function statementsOf({ author, proof, write, answer }: ForeseenUnit): BatchStatement[] {
  const signature = signatureOf(author, proof);
  return [
    { text: signedText(write, signature.text), values: [...write.values, ...(signature.values ?? [])] },
    { text: answer.statement.sql, values: answer.values },
  ];
}

/** A write behind what says whose it is, if the proof holds. */
function signedText({ statement, values }: ForeseenWrite, signature: string): string {
  const texts = signedTexts.get(statement) ?? new Map<string, string>();
  signedTexts.set(statement, texts);
  const text = texts.get(signature) ?? `with signed as (${renumbered(signature, values.length)}), ${statement.sql}`;
  texts.set(signature, text);
  return text;
}
