// A thread that moves SQLite's log into the file: log-moving.ts starts it.

import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import type { LogMoverData } from './log-moving.js';

const { path, synchronous } = workerData as LogMoverData;
const port = parentPort as MessagePort;
const file = new Sqlite(path);
file.pragma(`synchronous = ${synchronous}`);

port.on('message', () => {
  try {
    file.pragma('wal_checkpoint(passive)');
  } catch (error) {
    // Such as a full disk: the log keeps what it has, and the next commit meets the same.
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
  port.postMessage('moved');
});
