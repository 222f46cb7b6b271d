/**
 * Told of each statement that has run.
 * @param startedAt by `performance.now()`
 * @param isDone false where it failed
 */
export type StatementListener = (sql: string, startedAt: number, isDone: boolean) => void;

/** Runs a statement that is over when it returns, and tells of it. */
export function listened<T>(listener: StatementListener | undefined, sql: string, run: () => T): T {
  if (!listener) return run();
  const startedAt = performance.now();
  let isDone = false;
  try {
    const result = run();
    isDone = true;
    return result;
  } finally {
    listener(sql, startedAt, isDone);
  }
}

/** The same for a statement that takes its time; what does not end here, as a stream of rows, is told when it begins. */
export function listenedAsync<T>(listener: StatementListener | undefined, sql: string, run: () => T): T {
  if (!listener) return run();
  const startedAt = performance.now();
  const result = run();
  if (result instanceof Promise) {
    result.then(
      () => listener(sql, startedAt, true),
      () => listener(sql, startedAt, false),
    );
  } else listener(sql, startedAt, true);
  return result;
}
