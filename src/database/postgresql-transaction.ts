import type { Pool, PoolClient, QueryResult as DriverResult } from 'pg';
import type { CompiledQuery, QueryResult } from 'kysely';
import { CommitUnknownError } from '../errors.js';
import { currentAuthor } from './author.js';
import { answerQuery, signatureOf } from './postgresql.js';
import { isConnectionLost, isTimeout, onLiveConnection } from './postgresql-connections.js';
import { type Proof, Unproven } from './proof.js';
import type { BoundStatement } from './statements.js';
import type { Transaction } from './transaction.js';

/** A client of the driver's; only its type does not say all. */
type Client = PoolClient & {
  /** Whether a query is sent before the one in front of it is answered. */
  pipeline: boolean;
  connection: { stream: { cork(): void; uncork(): void } };
};

/** A transaction that sends what need not wait for one another in one message: each answer waited for costs as much as a statement. */
export class PostgresTransaction implements Transaction {
  /** What the connection was lost with. */
  private loss: Error | undefined;
  private isCommitting = false;

  private constructor(private readonly client: Client) {}

  /**
   * Begins on a connection of the pool.
   * @throws Unproven where the proof does not hold
   */
  static begin(pool: Pool, proof?: Proof): Promise<PostgresTransaction> {
    return onLiveConnection(pool, async (poolClient) => {
      const client = poolClient as unknown as Client;
      client.pipeline = true;
      const transaction = new PostgresTransaction(client);
      try {
        await transaction.open(proof);
        return transaction;
      } catch (error) {
        await transaction.rollback();
        throw error;
      }
    });
  }

  get isTakenBack(): boolean {
    return this.loss !== undefined && !this.isCommitting && !isTimeout(this.loss);
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const run = () => this.client.query({ text: sql, values: [...parameters] });
    const { rows, rowCount } = await this.noting(run);
    return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) };
  }

  async answer(bound: BoundStatement): Promise<string> {
    return answerIn(await this.noting(() => this.client.query<[string | null]>(answerQuery(bound))));
  }

  async commit(): Promise<void> {
    assertCommitted(await this.committing(() => this.client.query('commit')));
    this.release();
  }

  async commitWithAnswer(bound: BoundStatement): Promise<string> {
    // Where the answer fails, the database makes a rollback of the commit behind it.
    const [answered, committed] = await this.committing(() =>
      this.together(() => [this.client.query<[string | null]>(answerQuery(bound)), this.client.query('commit')]),
    );
    assertCommitted(committed);
    this.release();
    return answerIn(answered);
  }

  async rollback(): Promise<void> {
    // With the connection, the server has taken it back, or will.
    if (this.loss) return this.release(this.loss);
    try {
      await this.client.query('rollback');
      this.release();
    } catch (error) {
      this.release(error as Error);
    }
  }

  private async open(proof: Proof | undefined): Promise<void> {
    const author = currentAuthor();
    // Not as a text: that would say whose it is in a statement of its own, made anew each time.
    const begin = () => this.client.query({ text: 'begin' });
    const first = author ? signatureOf(author, proof) : proof && { text: proof.statement.sql, values: proof.values };
    if (!first) return void (await this.noting(begin));
    const [, { rows }] = await this.noting(() => this.together(() => [begin(), this.client.query(first)]));
    if (rows.length === 0) throw new Unproven();
  }

  /** Notes where the connection is lost. */
  private async noting<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (isConnectionLost(error)) this.loss = error;
      throw error;
    }
  }

  /** @throws CommitUnknownError where the connection is lost: whether the commit was made, only the server knows */
  private async committing<T>(run: () => Promise<T>): Promise<T> {
    this.isCommitting = true;
    try {
      return await this.noting(run);
    } catch (error) {
      throw this.loss ? new CommitUnknownError(this.loss) : error;
    }
  }

  /** Sends queries as one message. @throws what the first of them that fails does, when all are over */
  private async together<A, B>(send: () => [Promise<A>, Promise<B>]): Promise<[A, B]> {
    const { stream } = this.client.connection;
    stream.cork();
    const [first, second] = send();
    stream.uncork();
    const [one, other] = await Promise.allSettled([first, second]);
    if (one.status === 'rejected') throw one.reason;
    if (other.status === 'rejected') throw other.reason;
    return [one.value, other.value];
  }

  private release(failure?: Error): void {
    this.client.pipeline = false;
    this.client.release(failure);
  }
}

const answerIn = ({ rows }: DriverResult<[string | null]>): string => rows[0]?.[0] ?? 'null';

/** A commit of a transaction in which something failed is a rollback, and no error to the database. */
function assertCommitted({ command }: DriverResult): void {
  if (command !== 'COMMIT') throw new Error(`The transaction ended with ${command}.`);
}
