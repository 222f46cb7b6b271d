import { Client, type Pool, type PoolClient } from 'pg';
import { UnavailableError } from '../errors.js';
import { serverOf } from './postgresql-connections.js';

/** How often it is looked whether anything is answered, and how long a server that is asked may say nothing; in milliseconds. */
const LOOK_EVERY = 500;
const LONGEST_SILENCE = 1500;

type Done = (error?: Error) => void;
type Connected = (error: Error | undefined, client?: PoolClient, done?: Done) => void;

/** What a connection of the driver's runs over; only its type is not public. */
interface DriverClient {
  readonly connection: { readonly stream: { destroy(): void } };
}

/**
 * Notices that the server of a pool says nothing any more, as one whose machine is gone or stands still: nothing ends a
 * connection to it, and each operation would wait until its time limit. Where no connection has been given back for
 * a while although some are in use, the server is asked over a new one. If it does not answer either, whoever waits is
 * told that it is away, and so is everybody at once until it, or the one that has taken its place, answers.
 *
 * A slow statement is no silence, nor is a server that is busy: it answers. And what this process was too busy to hear is none.
 */
export class Silence {
  private readonly busy = new Set<PoolClient>();
  private readonly all = new Set<PoolClient>();
  private readonly waiting = new Set<() => void>();
  private readonly connect: (connected: Connected) => void;
  private readonly timer: NodeJS.Timeout;
  /** How often a connection was given back in order. */
  private answered = 0;
  private answeredBefore = 0;
  private isSilent = false;
  private isAsking = false;
  private lookedAt = performance.now();
  /** Whether this process was too busy to hear an answer. */
  private isDeaf = false;

  /**
   * @param name of the server, for the log
   * @param log told where it begins, and where it is over
   */
  constructor(
    private readonly pool: Pool,
    private readonly name: string,
    private readonly log: (message: string) => void,
  ) {
    pool.on('acquire', (client) => {
      this.all.add(client);
      this.busy.add(client);
    });
    pool.on('release', (failure, client) => {
      // What failed may have run into its own time limit.
      if (!failure) this.answered += 1;
      this.busy.delete(client);
    });
    pool.on('remove', (client) => this.all.delete(client));
    this.connect = pool.connect.bind(pool) as (connected: Connected) => void;
    pool.connect = ((connected?: Connected) => this.take(connected)) as Pool['connect'];
    this.timer = setInterval(() => void this.look(), LOOK_EVERY).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private take(connected?: Connected): Promise<PoolClient> | void {
    if (connected) return this.takeUnlessSilent(connected);
    return new Promise((resolve, reject) => {
      this.takeUnlessSilent((error, client) => (client ? resolve(client) : reject(error)));
    });
  }

  private takeUnlessSilent(connected: Connected): void {
    if (this.isSilent) return connected(noAnswer());
    let hasGivenUp = false;
    const giveUp = () => {
      hasGivenUp = true;
      connected(noAnswer());
    };
    this.waiting.add(giveUp);
    this.connect((error, client, done) => {
      this.waiting.delete(giveUp);
      if (hasGivenUp) done?.();
      else connected(error, client, done);
    });
  }

  private async look(): Promise<void> {
    this.noteDelay();
    if (this.isAsking || !(this.isSilent || this.isStuck())) return;
    this.isAsking = true;
    this.isDeaf = false;
    const { answered } = this;
    const answers = await this.answers().finally(() => (this.isAsking = false));
    this.noteDelay();
    if (answers) this.end();
    else if (this.answered === answered && !this.isDeaf) this.begin();
  }

  private noteDelay(): void {
    const now = performance.now();
    if (now - this.lookedAt > 1.5 * LOOK_EVERY) this.isDeaf = true;
    this.lookedAt = now;
  }

  private isStuck(): boolean {
    const { answered, answeredBefore } = this;
    this.answeredBefore = answered;
    return answered === answeredBefore && this.busy.size + this.waiting.size > 0;
  }

  /** Whether the server to which connections lead says anything; in a silence, whether there is one to connect to. */
  private async answers(): Promise<boolean> {
    const [stuck] = this.busy;
    const { Client: PoolClient = Client, password, ...options } = this.pool.options;
    const limits = { connectionTimeoutMillis: LONGEST_SILENCE, query_timeout: LONGEST_SILENCE };
    const client =
      stuck && !this.isSilent
        ? new Client({ ...serverOf(stuck), ...limits })
        : new PoolClient({ ...options, password, ...limits });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch (error) {
      // A refusal is an answer, too.
      return !this.isSilent && (error as { code?: unknown }).code !== undefined && !(error instanceof UnavailableError);
    } finally {
      (client as unknown as DriverClient).connection.stream.destroy();
    }
  }

  private begin(): void {
    if (this.isSilent) return;
    this.isSilent = true;
    this.log(`${this.name} does not answer: operations are refused until it does`);
    for (const giveUp of this.waiting) giveUp();
    this.waiting.clear();
    // Whoever uses one is told that it is lost; what may run again asks for another one.
    for (const client of this.all) (client as unknown as DriverClient).connection.stream.destroy();
  }

  private end(): void {
    if (!this.isSilent) return;
    this.isSilent = false;
    this.log(`${this.name} answers again`);
  }
}

const noAnswer = () => new UnavailableError('The database does not answer for the moment: try again.');
