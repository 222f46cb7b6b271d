import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { WrongValueError } from '../errors.js';

const RFC3339 = /^\d{4}-(\d{2})-(\d{2})[Tt](?!24)\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;
// What both databases and RFC 3339's four digits can hold.
const EARLIEST = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

const RULE = 'must be an instant in RFC 3339, such as "2026-11-20T15:21:08.000Z"';

/**
 * The instant that an RFC 3339 text names, to the millisecond.
 * @throws WrongValueError for anything else, a day that the month does not have included.
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseDateTime(value: unknown): Date {
  const text = typeof value === 'string' ? value.toUpperCase() : '';
  const match = RFC3339.exec(text);
  const instant = new Date(text);
  // Date rolls 30 February over into March; the day of the text itself must survive.
  const isRealDay = match && new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDate() === Number(match[2]);
  const within = isRealDay ? instantWithin(instant.getTime()) : undefined;
  if (!within) throw new WrongValueError(RULE);
  return within;
}

/** The instant at epoch milliseconds, or undefined outside the years 1 to 9999. */
export function instantWithin(milliseconds: number): Date | undefined {
  return milliseconds >= EARLIEST && milliseconds <= LATEST ? new Date(milliseconds) : undefined;
}

export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant in UTC, RFC 3339: `"2026-11-20T15:21:08.000Z"`. Input takes any offset.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => (value instanceof Date ? value.toISOString() : (value as string)),
  parseValue: parseDateTime,
  parseLiteral(node: ValueNode) {
    if (node.kind === Kind.STRING) return parseDateTime(node.value);
    throw new WrongValueError(RULE);
  },
});
