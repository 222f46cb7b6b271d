import { setTimeout as sleep } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import type { Fault } from './matrix.js';
import type { Shop } from './shop.js';

/** No file of a command may grow beyond so many kilobytes, which is to a database what a full disk is. */
const withinKilobytes = (kilobytes: number) => [
  'bash',
  '--norc',
  '-c',
  `trap '' XFSZ; ulimit -f ${kilobytes}; exec "$@"`,
  'bash',
];

/** What may happen to a service on an SQLite file. */
export const sqliteFaults = (shop: Shop, path: string): Fault[] => [
  {
    name: 'service killed (kill -9) and started again',
    async inflict() {
      await shop.kill();
      await shop.open();
    },
  },
  {
    name: 'disk full, then room again',
    async inflict(seconds) {
      await shop.close();
      await shop.open(withinKilobytes(600));
      await sleep(seconds * 1000);
      await shop.close();
      await shop.open();
    },
  },
  {
    name: 'another process writes',
    async inflict(seconds) {
      const file = new Sqlite(path);
      file.exec('begin immediate');
      await sleep(seconds * 1000);
      file.exec('rollback');
      file.close();
    },
  },
];
