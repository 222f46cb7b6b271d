import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

/** A log that keeps the SQL statements it is told of, in order. */
export interface StatementLog {
  readonly log: Logger;
  /** The statements of what `act` does. */
  during(act: () => Promise<unknown>): Promise<string[]>;
}

export function createStatementLog(): StatementLog {
  let statements: string[] = [];
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      const { part, msg } = JSON.parse(line.toString()) as { part?: string; msg: string };
      const [, statement] = /^\[query\] ([^]*)$/.exec(msg) ?? [];
      if (part === 'database' && statement) statements.push(statement);
      done();
    },
  });
  return {
    log: pino({ level: 'info' }, destination),
    async during(act) {
      statements = [];
      await act();
      return statements;
    },
  };
}
