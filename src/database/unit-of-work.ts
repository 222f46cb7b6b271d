import { setTimeout as sleep } from 'node:timers/promises';
import {
  DeadlockException,
  DriverException,
  type EntityManager,
  ForeignKeyConstraintViolationException,
  LockMode,
  UniqueConstraintViolationException,
} from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { ConflictError, NotFoundError, UnavailableError, VersionConflictError } from '../errors.js';
import { toId } from '../shared/id.js';
import type { Entry } from '../shared/entry.js';
import { type Author, asAuthor, COMMAND_LINE } from './author.js';
import { whileAvailable } from './availability.js';
import { asException } from './bound-query.js';
import type { Database } from './database.js';
import { LostRace } from './lost-race.js';
import type { ForeseenWork } from './foreseen.js';
import type { Proof } from './proof.js';
import type { BoundStatement } from './statements.js';
import type { Transaction } from './transaction.js';

// Of several that make the same slug at once, one wins each round.
const MOST_ATTEMPTS = 12;

/**
 * Runs work as one unit in one transaction: all of it is there afterwards, or nothing.
 * Work that lost a race against another transaction runs again from the start.
 * @param author who is told of as the one who did it
 * @throws UnavailableError where it lost time and again
 */
export const unitOfWork = <T>(
  database: Database,
  work: (em: EntityManager) => Promise<T>,
  author: Author = COMMAND_LINE,
): Promise<T> =>
  inTransactions(database, { author }, async (em, transaction) => {
    const result = await work(em);
    await em.flush();
    await transaction.commit();
    return result;
  });

/** Work that answers JSON text. */
export interface AnsweredWork<T> extends Terms {
  readonly change: (em: EntityManager) => Promise<T>;
  /** The answer, or the statement that reads it when all is changed. */
  readonly answer: (changed: T) => BoundStatement | string;
  /** The same where nothing is in its way; undefined where that can't be said without a look at the database. */
  readonly foreseen?: Pick<ForeseenWork, 'write' | 'answer'> | undefined;
}

/** What a unit of work begins with. */
interface Terms {
  /** Who is told of as the one who did it. */
  readonly author: Author;
  /** What has to hold when the work begins; undefined where that is known. */
  readonly proof?: Proof | undefined;
}

/** The same for work with an answer. @throws Unproven where the proof does not hold, before anything is done */
export async function answeredUnitOfWork<T>(database: Database, work: AnsweredWork<T>): Promise<string> {
  const { foreseen, author, proof } = work;
  const answer = foreseen && (await whileAvailable(() => database.commitForeseen({ ...foreseen, author, proof })));
  return answer ?? inAnsweredTransaction(database, work);
}

const inAnsweredTransaction = <T>(
  database: Database,
  { change, answer, author, proof }: AnsweredWork<T>,
): Promise<string> =>
  inTransactions(database, { author, proof }, async (em, transaction) => {
    const changed = await change(em);
    await em.flush();
    const answered = answer(changed);
    if (typeof answered !== 'string') return database.commitWithAnswer(transaction, answered);
    await transaction.commit();
    return answered;
  });

function inTransactions<T>(
  database: Database,
  { author, proof }: Terms,
  run: (em: EntityManager, transaction: Transaction) => Promise<T>,
): Promise<T> {
  const attempt = async () => {
    const em = database.fork();
    const transaction = await database.begin(proof);
    em.setTransactionContext(transaction);
    try {
      const result = await run(em, transaction);
      database.tellCommitted();
      return result;
    } catch (error) {
      await transaction.rollback();
      if (transaction.isTakenBack) throw new LostRace('The connection was lost.', { cause: error });
      throw asException(em, error);
    }
  };
  return asAuthor(author, () => whileAvailable(() => retryLostRaces(attempt)));
}

/**
 * Runs a transaction, or a nested one, and again from its start where it lost a race against another.
 * @throws UnavailableError where it lost time and again
 */
export async function retryLostRaces<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isLostRace(error)) throw error;
      if (attempt === MOST_ATTEMPTS)
        throw new UnavailableError('Others changed the same entries at the same time: try again.', { cause: error });
      // Not all at the same moment again.
      await sleep(Math.random() * 5 * attempt);
    }
  }
}

const SERIALIZATION_FAILURE = '40001';

function isLostRace(error: unknown): boolean {
  return (
    error instanceof LostRace ||
    error instanceof DeadlockException ||
    // Something that was looked up a moment ago is gone: the next attempt finds it missing and says which.
    error instanceof ForeignKeyConstraintViolationException ||
    (error instanceof DriverException && error.code === SERIALIZATION_FAILURE)
  );
}

/** What to throw for a violated unique constraint, by the constraint's name. */
export type UniqueViolations = Readonly<Record<string, () => Error>>;

/**
 * Writes what has changed so far. Unique constraints decide here: to look first and insert later would be a race.
 * @param violations by constraint; the name is table, columns and `unique`, joined by underscores
 */
export async function flush(em: EntityManager, violations: UniqueViolations): Promise<void> {
  await unlessTaken(violations, () => em.flush());
}

/** Runs what may violate a unique constraint. */
export async function unlessTaken<T>(violations: UniqueViolations, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    throw violations[violatedConstraint(error)]?.() ?? error;
  }
}

/** The name of the constraint: table, columns and `unique`, joined by underscores. */
export function violatedConstraint(error: UniqueConstraintViolationException & { constraint?: string }): string {
  if (error.constraint) return error.constraint;
  // SQLite names the columns: "UNIQUE constraint failed: tags.a, tags.b".
  const columns = /UNIQUE constraint failed: (.+)$/m.exec(error.message)?.[1]?.split(', ') ?? [];
  const [table = ''] = columns[0]?.split('.') ?? [];
  return [table, ...columns.map((column) => column.slice(table.length + 1)), 'unique'].join('_');
}

/** A conflict over a slug: clients choose another one, and a generated one is generated again. */
export const slugTaken = (slug: string, isGenerated: boolean) => () =>
  isGenerated ? new LostRace(`slug ${slug}`) : new ConflictError(`The slug "${slug}" is taken.`);

/**
 * An entry to be changed, locked until the transaction ends.
 * @throws NotFoundError, or VersionConflictError where another version than the expected one is there
 */
export async function getForUpdate<T extends Entry>(
  em: EntityManager,
  type: new () => T,
  id: string,
  expectedVersion?: number | null,
): Promise<T> {
  const entry = (await em.findOne(
    type as new () => Entry,
    { id: toId(id) },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )) as T | null;
  if (!entry) throw new NotFoundError(type.name, id);
  assertVersion(type.name, entry, expectedVersion);
  return entry;
}

/** @throws VersionConflictError where another version than the expected one is there */
export function assertVersion(
  noun: string,
  { id, version }: Pick<Entry, 'id' | 'version'>,
  expectedVersion: number | null | undefined,
): void {
  if (typeof expectedVersion === 'number' && expectedVersion !== version) {
    throw new VersionConflictError(noun, id, expectedVersion, version);
  }
}

/** Which of these slugs a noun has already. */
export const findTakenSlugs =
  (em: EntityManager, type: new () => Entry & { slug: string }) =>
  async (slugs: string[]): Promise<Set<string>> => {
    const taken = await em.find(type, { slug: { $in: slugs } }, { fields: ['slug'], disableIdentityMap: true });
    return new Set(taken.map(({ slug }) => slug));
  };

/** What only one transaction at a time may change, though it is many rows: the numbers are PostgreSQL's to tell them apart. */
const LOCKS = {
  /** The tree's shape: paths stay right, and two moves at once can't make a cycle. */
  categoryTree: 8_214_001,
  /** Who is an active admin: two at once can't demote the last two. */
  admins: 8_214_002,
} as const;

/** Holds all others who want the same lock until the transaction ends. SQLite has one writer at a time anyway. */
export async function lock(em: EntityManager, name: keyof typeof LOCKS): Promise<void> {
  const { platform, connection } = drive(em);
  if (platform.getDefaultSchemaName() !== undefined) {
    await connection.execute('select pg_advisory_xact_lock(?)', [LOCKS[name]], 'all', em.getTransactionContext());
  }
}

/** A statement of one's own within the unit of work; the values are bound by MikroORM's own escaping. */
export async function execute(em: EntityManager, statement: string, values: readonly unknown[]): Promise<void> {
  await drive(em).connection.execute(statement, values, 'run', em.getTransactionContext());
}

function drive(em: EntityManager) {
  const sqlEm = em as SqlEntityManager;
  return { platform: sqlEm.getPlatform(), connection: sqlEm.getConnection() };
}
