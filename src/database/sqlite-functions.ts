import type Database from 'better-sqlite3';

/** A function that statements call: a number as JavaScript writes it. */
export const JS_NUMBER = 'js_number';

/** An aggregate that statements call: how often each value comes, as pairs in JSON. */
export const COUNT_BY = 'count_by';

/** Gives a connection the functions that compiled statements call. */
export function defineFunctions(database: Database.Database): void {
  const toText = (value: number | null) => (value === null ? null : String(value));
  database.function(JS_NUMBER, { deterministic: true }, toText as (value: unknown) => unknown);
  database.aggregate(COUNT_BY, {
    deterministic: true,
    start: () => new Map<unknown, number>(),
    step(counts: Map<unknown, number>, value) {
      counts.set(value, (counts.get(value) ?? 0) + 1);
    },
    result: (counts: Map<unknown, number>) => JSON.stringify([...counts]),
  });
}
