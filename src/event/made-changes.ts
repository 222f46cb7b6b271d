import { toDecimal } from '../shared/money.js';
import type { FieldForm, TrackedField } from './tracked-tables.js';

/** Digits behind the point up to which all that write a number write it alike. */
const MOST_DIGITS = 4;

/** The texts of values; undefined where the databases write one each in its own way. */
const TEXTS: Readonly<Record<FieldForm, (value: unknown) => string | undefined>> = {
  text: (value) => JSON.stringify(value),
  integer: (value) => String(value),
  float: (value) => (isPlain(value as number) ? String(value) : undefined),
  boolean: (value) => String(value),
  id: (value) => JSON.stringify(String(value)),
  money: (value) => `"${toDecimal(value as number)}"`,
};

const isPlain = (value: number) => Number(value.toFixed(MOST_DIGITS)) === value && !Object.is(value, -0);

/** One field of a new entry, in the text of an event's changes: in front of it stands `[`, or another one and a comma. */
export const madeChange = (field: string, after: string): string =>
  `{"field":"${field}","before":null,"after":${after}}`;

/**
 * The fields of a new entry, in the text of an event's changes, byte by byte as the triggers write them. Computed by who
 * reads many entries, it spares the database the most costly part of telling of them.
 * @param values by the API's names; what is null is left out
 * @returns undefined where only the database knows how it writes a value
 */
export function madeChanges(
  fields: readonly TrackedField[],
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  const changes: string[] = [];
  for (const { field, form } of fields) {
    const value = values[field] ?? null;
    if (value === null) continue;
    const text = TEXTS[form](value);
    if (text === undefined) return undefined;
    changes.push(madeChange(field, text));
  }
  return changes.join(',');
}
