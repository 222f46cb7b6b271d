import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './matrix.js';
import type { PostgresServer } from './postgres-server.js';

/** What may happen to a PostgreSQL that stays the same. */
export const postgresqlFaults = (server: PostgresServer): Fault[] => [
  {
    name: 'restarted',
    async inflict() {
      await server.stop();
      await server.start();
    },
  },
  {
    name: 'crashed and away',
    async inflict(seconds) {
      await server.crash();
      await sleep(seconds * 1000);
      await server.start();
    },
  },
  {
    name: 'out of connections',
    async inflict(seconds) {
      const giveBack = await server.starve();
      await sleep(seconds * 1000);
      await giveBack();
    },
  },
  {
    name: 'stands still, with its connections',
    async inflict(seconds) {
      const goOn = server.hang();
      await sleep(seconds * 1000);
      goOn();
    },
  },
  {
    name: 'statements cancelled',
    inflict: (seconds) => repeatedly(seconds, () => onBackends(server, 'pg_cancel_backend')),
  },
  {
    name: 'connections ended',
    inflict: (seconds) => repeatedly(seconds, () => onBackends(server, 'pg_terminate_backend')),
  },
];

/** A primary that crashes, and a standby that takes its place. */
export const failover = (primary: PostgresServer, standby: PostgresServer): Fault => ({
  name: 'primary crashed, standby promoted',
  async inflict(seconds) {
    await primary.crash();
    await sleep(seconds * 1000);
    await standby.promote();
  },
});

/** The standby takes the place of a primary that is stopped for a while, as for maintenance, and gives it back. */
export const switchover = (primary: PostgresServer, standby: PostgresServer): Fault => ({
  name: 'switched over to the standby, and back',
  async inflict(seconds) {
    await primary.stop();
    await standby.promote();
    await sleep(seconds * 1000);
    await primary.follow(standby);
    await sleep(seconds * 1000);
    await standby.stop();
    await primary.promote();
    await standby.follow(primary);
  },
});

const onBackends = (server: PostgresServer, action: string) =>
  server.run(
    `select ${action}(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );

async function repeatedly(seconds: number, act: () => Promise<unknown>): Promise<void> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    await act();
    await sleep(50);
  }
}
