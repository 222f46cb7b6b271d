import type { Pool } from 'pg';
import { answerFromPool } from './postgresql.js';
import { Batch, BatchError, lossBehind, type TextRow } from './postgresql-batch.js';
import { releasing } from './postgresql-connections.js';
import type { StatementListener } from './statement-listener.js';
import type { BoundStatement } from './statements.js';
import { assertTimeLeft, type Deadline, untilDeadline } from './time-limit.js';

/** So many reads go as one message at most. */
const MOST_READS = 16;

interface WaitingRead {
  readonly bound: BoundStatement;
  readonly deadline: Deadline;
  /** Told undefined where it is to have a connection to itself. */
  readonly settle: (done: Done | undefined) => void;
  readonly fail: (error: unknown) => void;
}

interface Done {
  /** undefined where there is no row. */
  readonly answer: string | null | undefined;
  /** When its statement was sent, by `performance.now()`. */
  readonly startedAt: number;
}

/**
 * Short reads that wait at the same time are one message: to wait for each other costs service and server more than such a
 * statement does. Where one fails, each has a connection to itself.
 */
export class PostgresReads {
  private waiting: WaitingRead[] = [];
  private isAboutToSend = false;
  private messages = 0;
  /** Messages that are on their way at a time: the rest of the pool is for what takes longer. */
  private readonly mostMessages: number;

  constructor(
    private readonly pool: Pool,
    private readonly listener: StatementListener | undefined,
  ) {
    this.mostMessages = Math.ceil(pool.options.max / 3);
  }

  /** The one answer of a short statement; undefined where there is no row. @throws UnavailableError at the deadline */
  async answer(bound: BoundStatement, deadline: Deadline): Promise<unknown> {
    const done = await this.wait(bound, deadline);
    if (!done) {
      assertTimeLeft(deadline);
      return answerFromPool(this.pool, bound, deadline);
    }
    this.listener?.(bound.statement.sql, done.startedAt, true);
    return done.answer;
  }

  private wait(bound: BoundStatement, deadline: Deadline): Promise<Done | undefined> {
    return new Promise((settle, fail) => {
      this.waiting.push({ bound, deadline, settle, fail });
      this.sendSoon();
    });
  }

  /** Together with what else comes in this turn of the event loop. */
  private sendSoon(): void {
    if (this.isAboutToSend || this.messages >= this.mostMessages || this.waiting.length === 0) return;
    this.isAboutToSend = true;
    setImmediate(() => {
      this.isAboutToSend = false;
      this.giveBackLate();
      void this.send(this.waiting.splice(0, MOST_READS));
      this.sendSoon();
    });
  }

  /** What has waited too long is not begun. */
  private giveBackLate(): void {
    const now = performance.now();
    const isLate = ({ deadline = Infinity }: WaitingRead) => deadline <= now;
    for (const read of this.waiting) if (isLate(read)) read.settle(undefined);
    this.waiting = this.waiting.filter((read) => !isLate(read));
  }

  private async send(reads: readonly WaitingRead[]): Promise<void> {
    if (reads.length === 0) return;
    this.messages += 1;
    const startedAt = performance.now();
    try {
      const answers = await this.run(reads);
      reads.forEach(({ settle }, index) => settle({ answer: answers[index]?.[0]?.[0], startedAt }));
    } catch (error) {
      for (const { settle, fail } of reads) {
        if (error instanceof BatchError) settle(undefined);
        else fail(error);
      }
    }
    this.messages -= 1;
    this.sendSoon();
  }

  /** The rows of each. @throws BatchError, or what there is no connection for */
  private async run(reads: readonly WaitingRead[]): Promise<TextRow[][]> {
    const statements = reads.map(({ bound }) => ({ text: bound.statement.sql, values: bound.values }));
    const client = await this.pool.connect();
    const run = () => untilDeadline(client, earliest(reads), () => Batch.run(client, statements));
    return releasing(client, run, lossBehind);
  }
}

function earliest(reads: readonly WaitingRead[]): Deadline {
  const deadlines = reads.flatMap(({ deadline }) => deadline ?? []);
  return deadlines.length > 0 ? Math.min(...deadlines) : undefined;
}
