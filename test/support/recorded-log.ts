import { Writable } from 'node:stream';
import { type Logger, pino } from 'pino';

/** A log that keeps its lines. */
export interface RecordedLog {
  readonly log: Logger;
  readonly lines: Record<string, unknown>[];
}

export function createRecordedLog(level = 'info'): RecordedLog {
  const lines: Record<string, unknown>[] = [];
  const destination = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString()) as Record<string, unknown>);
      done();
    },
  });
  return { log: pino({ level }, destination), lines };
}
