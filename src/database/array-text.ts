const SPECIAL = /["\\]/;

/**
 * An array as PostgreSQL reads it: texts, numbers, booleans and nulls. The driver's own way puts it together piece by
 * piece, which takes three times as long where there are thousands.
 * @see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */
export const arrayText = (values: readonly unknown[]): string => `{${values.map(elementText).join(',')}}`;

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value !== 'string') return `${value as number | boolean}`;
  return `"${SPECIAL.test(value) ? value.replaceAll(/["\\]/g, String.raw`\$&`) : value}"`;
}
