// A thread that reads the rows of a file for an import: rows-of-source.ts starts it.

import 'reflect-metadata';
import { createReadStream } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { readRows } from './read-rows.js';
import type { ReaderData, ReaderMessage } from './rows-of-source.js';
import { SourceError, TransferError } from './transfer-error.js';

const { path, reading } = workerData as ReaderData;
const port = parentPort as MessagePort;

const tell = (message: ReaderMessage) => port.postMessage(message);

// One part is made beforehand, and no more.
let isWanted = true;
let goOn: (() => void) | undefined;
port.on('message', () => {
  isWanted = true;
  goOn?.();
});

try {
  for await (const part of readRows(createReadStream(path), reading)) {
    if (!isWanted) await new Promise<void>((resolve) => (goOn = resolve));
    isWanted = false;
    tell(part);
  }
  tell('end');
} catch (error) {
  if (!(error instanceof TransferError)) throw error;
  tell({ failure: { message: error.message, ...(error instanceof SourceError && { line: error.line }) } });
}
// Nothing keeps the thread waiting for more.
port.close();
