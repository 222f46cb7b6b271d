import { UnavailableError } from '../errors.js';
import { tookTooLong } from './time-limit.js';

/** What a driver's error says of its cause. */
interface DriverError {
  code?: unknown;
  message?: unknown;
  cause?: unknown;
}

/**
 * Codes of a database that is away or can't be used for the moment: no connection to PostgreSQL, or none left; a server
 * that stops, starts, is full, takes no writes, lets nobody in or has lost the database; an SQLite file that is locked, full,
 * broken or can't be read.
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 * @see https://www.sqlite.org/rescode.html
 */
const AWAY =
  /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EPIPE|E(HOST|NET)UNREACH|08...|25006|25P03|28...|3D000|53...|55P03|57P0[1-5]|58...|SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOTADB|CORRUPT)\w*)$/;

/** PostgreSQL's time limit for a statement, or whoever cancelled it. */
const CANCELLED = '57014';

// pg tells these by words alone.
const AWAY_MESSAGE =
  /connection terminated|timeout exceeded when trying to connect|query read timeout|timeout expired|client has encountered a connection error/i;

function isAway({ code, message }: DriverError): boolean {
  return (typeof code === 'string' && AWAY.test(code)) || (typeof message === 'string' && AWAY_MESSAGE.test(message));
}

/** An error as the client may know it: UNAVAILABLE where the database is away, else as it is. */
export function asAvailability(error: unknown): unknown {
  for (let cause = error; typeof cause === 'object' && cause !== null; cause = (cause as DriverError).cause) {
    if (cause instanceof UnavailableError) return cause;
    if ((cause as DriverError).code === CANCELLED) return tookTooLong(error);
    if (isAway(cause)) return new UnavailableError(undefined, { cause: error });
  }
  return error;
}

/** Runs work on the database, and tells when it is away. @throws UnavailableError */
export async function whileAvailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asAvailability(error);
  }
}
