import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';
import { WrongValueError } from '../errors.js';

/** The largest amount, in minor units: 9999999999.99. */
export const LARGEST_AMOUNT = 999_999_999_999;

const DECIMAL = /^(\d{1,10})(?:\.(\d{1,2}))?$/;
const RULE = 'must be an amount from 0 to 9999999999.99 with at most two fraction digits and no exponent';

/**
 * Minor units (hundredths) of a decimal amount: "250.5" is 25050.
 * @returns undefined for a text that is no exact amount.
 */
export function toMinorUnits(decimal: string): number | undefined {
  const match = DECIMAL.exec(decimal);
  if (!match) return undefined;
  return Number(match[1]) * 100 + Number((match[2] ?? '').padEnd(2, '0'));
}

/** The decimal text of an amount in minor units: 25050 is "250.50". */
export function toDecimal(minorUnits: number): string {
  return `${Math.floor(minorUnits / 100)}.${String(minorUnits % 100).padStart(2, '0')}`;
}

/**
 * Minor units at an exchange rate, rounded half up; exact, because a product of two floating-point numbers is not.
 * @param rate a decimal text with at most six fraction digits, such as "1.25"
 */
export function exchange(minorUnits: number, rate: string): number {
  const [whole = '0', fraction = ''] = rate.split('.');
  const millionths = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'));
  return Number((BigInt(minorUnits) * millionths * 2n + 1_000_000n) / 2_000_000n);
}

/** Minor units of a `Money` input: a decimal text, or a JSON number that reads back as one. */
export function parseMoney(value: unknown): number {
  const decimal = typeof value === 'number' ? String(value) : value;
  const minorUnits = typeof decimal === 'string' ? toMinorUnits(decimal) : undefined;
  if (minorUnits === undefined) throw new WrongValueError(RULE);
  return minorUnits;
}

export const Money = new GraphQLScalarType<number, string>({
  name: 'Money',
  description:
    'An exact amount of money as a decimal string with two fraction digits: `"250.50"`. ' +
    'Input also takes `250`, `250.5` and `"250.5"`; a third fraction digit, an exponent, NaN, a negative amount or one above 9999999999.99 is refused.',
  // The compiled statement has written the decimal already; an entity holds minor units.
  serialize: (value) => (typeof value === 'number' ? toDecimal(value) : (value as string)),
  parseValue: parseMoney,
  parseLiteral(node: ValueNode) {
    // The literal's own text, so that 1e3 and 250.505 are not smoothed by a detour over a float.
    if (node.kind === Kind.STRING || node.kind === Kind.INT || node.kind === Kind.FLOAT) return parseMoney(node.value);
    throw new WrongValueError(RULE);
  },
});
