import { HeaderMap } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

/** The codes that clients branch on; part of the API. */
export enum ErrorCode {
  BAD_USER_INPUT = 'BAD_USER_INPUT',
  NOT_FOUND = 'NOT_FOUND',
  CONFLICT = 'CONFLICT',
  VERSION_CONFLICT = 'VERSION_CONFLICT',
  OUT_OF_STOCK = 'OUT_OF_STOCK',
  BAD_CURSOR = 'BAD_CURSOR',
  UNAUTHENTICATED = 'UNAUTHENTICATED',
  TOKEN_EXPIRED = 'TOKEN_EXPIRED',
  INVALID_CREDENTIALS = 'INVALID_CREDENTIALS',
  FORBIDDEN = 'FORBIDDEN',
  RATE_LIMITED = 'RATE_LIMITED',
  QUERY_TOO_COMPLEX = 'QUERY_TOO_COMPLEX',
  UNAVAILABLE = 'UNAVAILABLE',
  INTERNAL_SERVER_ERROR = 'INTERNAL_SERVER_ERROR',
}

/** When each code is answered: what the reference and docs/errors.md say. */
export const errorMeanings: Readonly<Record<ErrorCode, string>> = {
  BAD_USER_INPUT: 'an argument breaks a rule; `extensions.fields` lists `{ path, message }` of each',
  NOT_FOUND: 'a mutation names an entry that is not there',
  CONFLICT:
    'a slug or name is taken; a category would end up below itself, or still has children; an `Idempotency-Key` was used for another request',
  VERSION_CONFLICT: 'the entry has another version than `expectedVersion`; `extensions.version` says which',
  OUT_OF_STOCK: 'the stock would fall below 0; `extensions.stock` says what is there',
  BAD_CURSOR: 'a cursor is malformed, or of another list, filter or order',
  UNAUTHENTICATED: 'no token where one is needed, or a token that is not valid here',
  TOKEN_EXPIRED: 'the token was valid once',
  INVALID_CREDENTIALS: 'the sign-in is wrong',
  FORBIDDEN: "the caller's role does not reach",
  RATE_LIMITED: 'too many tries or requests; `extensions.retryAfter` says in how many seconds to come again',
  QUERY_TOO_COMPLEX:
    'the operation asks for too much at once; the header `graphql-cost: 1` has answers say `extensions.cost`',
  UNAVAILABLE: 'the database is away, or it or the service too busy: try again',
  INTERNAL_SERVER_ERROR: 'a fault of the service; the log has it',
};

/** One field of an input that broke a rule: where it is, such as `input.name`, and the rule. */
export interface FieldProblem {
  path: string;
  message: string;
}

/** What a scalar throws for a value that breaks its rule; the message is the rule, and rendering adds the path. */
export class WrongValueError extends Error {}

/** The code of an error: graphql's own complaints, as of a variable, have none and no cause. */
export function codeOf({ extensions, originalError }: Pick<GraphQLError, 'extensions' | 'originalError'>): string {
  const { code } = extensions;
  if (typeof code === 'string') return code;
  return originalError ? ErrorCode.INTERNAL_SERVER_ERROR : 'BAD_REQUEST';
}

/** An error whose message and code are meant for the client. Everything else is answered as "Internal server error". */
export abstract class CatalogError extends GraphQLError {
  constructor(message: string, code: ErrorCode, extensions: Record<string, unknown> = {}) {
    super(message, { extensions: { code, ...extensions } });
    this.name = new.target.name;
  }
}

export class BadUserInputError extends CatalogError {
  constructor(readonly fields: FieldProblem[]) {
    super(fields.map(({ path, message }) => `${path} ${message}`).join('; ') + '.', ErrorCode.BAD_USER_INPUT, {
      fields,
    });
  }
}

export class NotFoundError extends CatalogError {
  constructor(noun: string, id: string) {
    super(`${noun} ${JSON.stringify(id)} was not found.`, ErrorCode.NOT_FOUND);
  }
}

export class ConflictError extends CatalogError {
  constructor(message: string) {
    super(message, ErrorCode.CONFLICT);
  }
}

export class VersionConflictError extends CatalogError {
  constructor(noun: string, id: number, expected: number, actual: number) {
    super(
      `${noun} ${id} has version ${actual}, not ${expected}: somebody changed it meanwhile.`,
      ErrorCode.VERSION_CONFLICT,
      { expectedVersion: expected, version: actual },
    );
  }
}

export class OutOfStockError extends CatalogError {
  constructor(productId: number, stock: number, delta: number) {
    super(`Product ${productId} has ${stock} in stock; ${-delta} can't be taken.`, ErrorCode.OUT_OF_STOCK, { stock });
  }
}

export class BadCursorError extends CatalogError {
  constructor(argument: string) {
    super(
      `${argument} is no cursor of this list: take one from its edges or pageInfo, with the same filter and orderBy.`,
      ErrorCode.BAD_CURSOR,
    );
  }
}

export class UnauthenticatedError extends CatalogError {
  constructor(message = 'Sign in first: send `Authorization: Bearer …`.') {
    super(message, ErrorCode.UNAUTHENTICATED, { http: { status: 401 } });
  }
}

export class TokenExpiredError extends CatalogError {
  constructor() {
    super('The access token has expired: refresh it.', ErrorCode.TOKEN_EXPIRED, { http: { status: 401 } });
  }
}

export class InvalidCredentialsError extends CatalogError {
  constructor() {
    super('Username or password is wrong.', ErrorCode.INVALID_CREDENTIALS);
  }
}

export class RateLimitedError extends CatalogError {
  constructor(retryAfterSeconds: number) {
    super(`Too many tries: wait ${retryAfterSeconds} seconds.`, ErrorCode.RATE_LIMITED, {
      retryAfter: retryAfterSeconds,
    });
  }
}

export class ForbiddenError extends CatalogError {
  constructor(message: string) {
    super(message, ErrorCode.FORBIDDEN);
  }
}

export class QueryTooComplexError extends CatalogError {
  constructor(message: string) {
    super(message, ErrorCode.QUERY_TOO_COMPLEX, { http: { status: 400 } });
  }
}

/** The cause, where there is one, is for the log. */
export class UnavailableError extends CatalogError {
  constructor(message = 'The database is away for the moment: try again.', { cause }: { cause?: unknown } = {}) {
    super(message, ErrorCode.UNAVAILABLE, { http: { status: 503, headers: TRY_AGAIN } });
    this.cause = cause;
  }
}

/** When to try again, in seconds. */
const TRY_AGAIN = new HeaderMap([['retry-after', '1']]);

/** The connection was lost between a commit and its confirmation. */
export class CommitUnknownError extends UnavailableError {
  constructor(cause: unknown) {
    super(
      'The database went away during the commit, which may have been made or not: look before you send it again. ' +
        'A request with an Idempotency-Key may simply be sent again.',
      { cause },
    );
  }
}

/** Told about every error that is not meant for the client. */
export type UnexpectedErrorListener = (error: unknown) => void;

/**
 * The one place that decides what a client reads of an error.
 *
 * A known error keeps its message and code; graphql's own complaints about the document or its variables are the
 * client's to read; anything else is reported to `onUnexpected` and hidden, so that no SQL, stack or path leaves.
 */
export function renderError(
  formatted: GraphQLFormattedError,
  error: unknown,
  onUnexpected: UnexpectedErrorListener,
): GraphQLFormattedError {
  const cause = error instanceof GraphQLError ? (error.originalError ?? error) : error;
  if (cause instanceof CatalogError) {
    if (cause.cause !== undefined) onUnexpected(cause.cause);
    const { http: _, ...extensions } = cause.extensions;
    return { ...formatted, message: cause.message, extensions };
  }
  const tooLong = excessInParsing(formatted);
  if (tooLong) return { message: tooLong, extensions: { code: ErrorCode.QUERY_TOO_COMPLEX } };
  const wrongVariable = describeWrongVariable(formatted.message);
  if (wrongVariable && cause instanceof GraphQLError) {
    const { locations } = formatted;
    return { ...new BadUserInputError([wrongVariable]).toJSON(), locations };
  }
  if (formatted.extensions?.code !== ErrorCode.INTERNAL_SERVER_ERROR) {
    const { stacktrace: _, ...extensions } = formatted.extensions ?? {};
    return { ...formatted, message: withoutTexts(formatted.message), extensions };
  }
  // What Apollo says of a persisted query has a status, and no code.
  if (isOfRequest(cause)) return { message: cause.message, extensions: { code: 'BAD_REQUEST' } };
  onUnexpected(cause);
  const { locations, path } = formatted;
  return { message: 'Internal server error', locations, path, extensions: { code: ErrorCode.INTERNAL_SERVER_ERROR } };
}

/** What the parser refuses for its size: it counts tokens, and calls itself for each level. */
function excessInParsing({ message, extensions }: GraphQLFormattedError): string | undefined {
  if (extensions?.code !== 'GRAPHQL_PARSE_FAILED') return undefined;
  const [, tokens] = /Document contains more tha[nt] (\d+) tokens/.exec(message) ?? [];
  if (tokens) return `The document has more than ${tokens} tokens.`;
  return message.includes('Maximum call stack') ? 'The document is nested too deep.' : undefined;
}

const isOfRequest = (error: unknown): error is GraphQLError =>
  error instanceof GraphQLError && (error.extensions.http as { status?: number } | undefined)?.status === 400;

/**
 * graphql's complaint about a document, without the texts that stand in it: one may be a password.
 * @see https://github.com/graphql/graphql-js/blob/16.x.x/src/language/parser.ts (getTokenDesc)
 */
const withoutTexts = (message: string): string =>
  message
    .replace(/\b((?:Block)?String) "[^]*"/, '$1')
    .replace(/, found (?!null\.$)[^]*$/, '.')
    .replace(/ value: "[^]*?"\./, ' value.');

/**
 * graphql's message about a wrong variable, as path and rule, without the value: it may be a password.
 * @see https://github.com/graphql/graphql-js/blob/16.x.x/src/execution/values.ts (getVariableValues)
 */
function describeWrongVariable(message: string): FieldProblem | undefined {
  const nested = /^Variable "\$\w+" got invalid value [^]*? at "([\w.[\]]+)"; ([^]*)$/.exec(message);
  const match = nested ?? /^Variable "\$(\w+)" got invalid value [^]*?; ([^]*)$/.exec(message);
  const missing =
    /^Variable "\$(\w+)" of (?:non-null|required) type "(.+?)" (?:must not be null|was not provided)\.$/.exec(message);
  if (missing) return { path: missing[1] ?? '', message: `must be given, as ${missing[2]}` };
  if (!match) return undefined;
  const path = (match[1] ?? '').replaceAll(/\[(\d+)\]/g, '.$1');
  const leftOut = /^Field "(\w+)" of required type "(.+?)" was not provided\.$/.exec(match[2] ?? '');
  if (leftOut) return { path: `${path}.${leftOut[1]}`, message: `must be given, as ${leftOut[2]}` };
  return { path, message: withoutValue((match[2] ?? '').replace(/^Expected type "\w+"\. /, '')) };
}

/** A complaint about a value as the rule of a field, without the value itself: that may be a password. */
export function withoutValue(complaint: string): string {
  const rule = complaint
    .replace(/ Did you mean [^]*\?$/, '')
    .replace(/^Value "[^]*" does not exist in "(\w+)" enum/, '"$1" has no such value')
    .replace(/ value: [^]*$/, ' value')
    .replace(/\.$/, '');
  return rule.startsWith('must') ? rule : `is wrong: ${rule}`;
}
