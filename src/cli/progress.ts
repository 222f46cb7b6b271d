import { Presets, SingleBar } from 'cli-progress';

/** Shows on standard error how far something has come. */
export interface Progress {
  /** @param total undefined where nobody knows it */
  update(done: number, total: number | undefined, rows: number): void;
  stop(): void;
}

/** In a pipe, a line each so many milliseconds. */
const INTERVAL = 5000;

/** A bar on a terminal, a plain line now and then in a pipe. @param unit what is counted */
export const createProgress = (label: string, unit = 'rows'): Progress =>
  process.stderr.isTTY ? new Bar(label, unit) : new Lines(label, unit);

class Bar implements Progress {
  private readonly bar: SingleBar;
  private isStarted = false;

  constructor(label: string, unit: string) {
    const format = `${label} {bar} {percentage}% | {rows} ${unit} | {duration_formatted}`;
    this.bar = new SingleBar(
      { format, stream: process.stderr, clearOnComplete: true, hideCursor: true },
      Presets.shades_classic,
    );
  }

  update(done: number, total: number | undefined, rows: number): void {
    if (!this.isStarted) this.bar.start(total ?? done, 0, { rows });
    this.isStarted = true;
    this.bar.setTotal(total ?? done);
    this.bar.update(done, { rows });
  }

  stop(): void {
    this.bar.stop();
  }
}

class Lines implements Progress {
  private last = Date.now();

  constructor(
    private readonly label: string,
    private readonly unit: string,
  ) {}

  update(done: number, total: number | undefined, rows: number): void {
    if (Date.now() - this.last < INTERVAL) return;
    this.last = Date.now();
    const share = total ? `, ${Math.floor((done / total) * 100)} %` : '';
    console.error(`${this.label}: ${rows} ${this.unit}${share}`);
  }

  stop(): void {
    // A line stays where it is.
  }
}
