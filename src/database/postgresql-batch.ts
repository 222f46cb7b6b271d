import pg, { type ClientBase, DatabaseError, type Submittable } from 'pg';
import { isConnectionLost } from './postgresql-connections.js';
import { isPlannedOnce, namesOf } from './prepared-statements.js';

/** A statement of a batch, with the values of this run. */
export interface BatchStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Columns as the server wrote them. */
export type TextRow = readonly (string | null)[];

/** What a batch uses of the driver's connection; only its type does not say it. */
interface Wire {
  readonly stream: { cork(): void; uncork(): void };
  /** The texts of prepared statements, by name. */
  readonly parsedStatements: Record<string, string>;
  parse(statement: { name: string; text: string }): void;
  bind(portal: { statement: string; values: readonly unknown[]; valueMapper: typeof prepareValue }): void;
  execute(portal: object): void;
  sync(): void;
}

/** A value as a parameter of the protocol. */
const { prepareValue } = (pg as unknown as { utils: { prepareValue: (value: unknown) => unknown } }).utils;

/** What a failure means for a batch. */
export class BatchError extends Error {
  constructor(
    override readonly cause: Error & { readonly code?: string },
    /** Whether nothing of the batch is left; else only the server knows. */
    readonly isTakenBack: boolean,
    /** Whether the connection is of use afterwards. */
    readonly leavesConnection: boolean,
    /** How many statements had been through by then. */
    readonly through: number,
  ) {
    super(cause.message);
  }
}

/** Why a connection is not to be used again behind an error; undefined where it may be. */
export function lossBehind(error: Error): Error | undefined {
  if (!(error instanceof BatchError)) return error;
  return error.leavesConnection ? undefined : error.cause;
}

type Settle = (failure: BatchError | undefined, answers: TextRow[][]) => void;

/**
 * Statements that are sent as one message, and are one transaction: PostgreSQL takes what comes before a Sync for one, and
 * commits there. Each answer waited for costs as much as a statement.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class Batch implements Submittable {
  private readonly answers: TextRow[][] = [];
  private rows: TextRow[] = [];
  private readonly parsed = new Map<string, string>();
  private wire: Wire | undefined;
  /** The driver puts its time limit around it. */
  callback: (failure: Error | null, answers?: TextRow[][]) => void;

  private constructor(
    private readonly client: ClientBase,
    private readonly statements: readonly BatchStatement[],
    settle: Settle,
  ) {
    this.callback = (failure) => settle(failure ? this.errorOf(failure) : undefined, this.answers);
  }

  /** The rows of each statement. @throws BatchError */
  static run(client: ClientBase, statements: readonly BatchStatement[]): Promise<TextRow[][]> {
    return new Promise((resolve, reject) => {
      const settle: Settle = (failure, answers) => (failure ? reject(failure) : resolve(answers));
      client.query(new Batch(client, statements, settle));
    });
  }

  // ---- what the driver calls

  submit(connection: unknown): void {
    const wire = (this.wire = connection as Wire);
    wire.stream.cork();
    for (const statement of this.statements) this.send(wire, statement);
    wire.sync();
    wire.stream.uncork();
  }

  handleDataRow({ fields }: { fields: TextRow }): void {
    this.rows.push(fields);
  }

  handleCommandComplete(): void {
    this.answers.push(this.rows);
    this.rows = [];
  }

  handleReadyForQuery(): void {
    for (const [name, text] of this.parsed) if (this.wire) this.wire.parsedStatements[name] = text;
    this.callback(null);
  }

  handleError(failure: Error): void {
    // Which of them the server has, nobody knows.
    for (const text of this.parsed.values()) namesOf(this.client).forget(text);
    this.callback(failure);
  }

  // ----

  private send(wire: Wire, { text, values }: BatchStatement): void {
    const name = isPlannedOnce(text) ? namesOf(this.client).of(text) : '';
    const isThere = wire.parsedStatements[name] !== undefined || this.parsed.has(name);
    if (name && !isThere) this.parsed.set(name, text);
    if (!isThere) wire.parse({ name, text });
    wire.bind({ statement: name, values, valueMapper: prepareValue });
    wire.execute({});
  }

  private errorOf(failure: Error): BatchError {
    const isOfServer = failure instanceof DatabaseError;
    const leavesConnection = isOfServer && !isConnectionLost(failure);
    // What the server says before the last statement is through, it says before the commit.
    const isBeforeCommit = isOfServer && this.answers.length < this.statements.length;
    return new BatchError(
      failure,
      !this.wire || isBeforeCommit || leavesConnection,
      leavesConnection,
      this.answers.length,
    );
  }
}
