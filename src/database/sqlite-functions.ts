import type Database from 'better-sqlite3';

/** A function that statements call: a number as JavaScript writes it. */
export const JS_NUMBER = 'js_number';

/** Gives a connection the functions that compiled statements call. */
export function defineFunctions(database: Database.Database): void {
  const toText = (value: number | null) => (value === null ? null : String(value));
  database.function(JS_NUMBER, { deterministic: true }, toText as (value: unknown) => unknown);
}
