import type { Pool, PoolClient, QueryResult as DriverResult } from 'pg';
import type { CompiledQuery, QueryResult } from 'kysely';
import { answerQuery } from './postgresql.js';
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
  private constructor(private readonly client: Client) {}

  /**
   * Begins on a connection of the pool.
   * @throws Unproven where the proof does not hold
   */
  static async begin(pool: Pool, proof?: Proof): Promise<PostgresTransaction> {
    const client = (await pool.connect()) as unknown as Client;
    client.pipeline = true;
    const transaction = new PostgresTransaction(client);
    try {
      await transaction.open(proof);
      return transaction;
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { rows, rowCount } = await this.client.query({ text: sql, values: [...parameters] });
    return { rows: rows as Row[], numAffectedRows: BigInt(rowCount ?? 0) };
  }

  async answer(bound: BoundStatement): Promise<string> {
    return answerIn(await this.client.query<[string | null]>(answerQuery(bound)));
  }

  async commit(): Promise<void> {
    assertCommitted(await this.client.query('commit'));
    this.release();
  }

  async commitWithAnswer(bound: BoundStatement): Promise<string> {
    // Where the answer fails, the database makes a rollback of the commit behind it.
    const [answered, committed] = await this.together(() => [
      this.client.query<[string | null]>(answerQuery(bound)),
      this.client.query('commit'),
    ]);
    assertCommitted(committed);
    this.release();
    return answerIn(answered);
  }

  async rollback(): Promise<void> {
    try {
      await this.client.query('rollback');
      this.release();
    } catch (error) {
      this.release(error as Error);
    }
  }

  private async open(proof: Proof | undefined): Promise<void> {
    if (!proof) return void (await this.client.query('begin'));
    const [, proven] = await this.together(() => [
      this.client.query('begin'),
      this.client.query({ text: proof.statement.sql, values: proof.values }),
    ]);
    if (proven.rows.length === 0) throw new Unproven();
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
