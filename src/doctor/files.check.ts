import { access, constants, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Finding, ok, problem, warning } from './finding.js';

/** What an upgrade needs beside the file: its copy as a backup, and tables that are made anew. */
const FREE_PER_SIZE = 2;
const LEAST_FREE = 100_000_000;

const OTHERS_READ = 0o004;
const OTHERS_OR_GROUP = 0o077;

/** The file of an SQLite database, and what lies beside it. @returns whether the file is there */
export async function checkFiles(path: string): Promise<{ findings: Finding[]; isThere: boolean }> {
  const file = await stat(path).catch(() => undefined);
  const folder = dirname(resolve(path));
  if (!file) {
    return {
      isThere: false,
      findings: [
        warning('files', `${path} is not there yet.`, 'A start, or `npx catalog migrate up`, makes it.'),
        ...(await checkSpace(await nearestFolder(folder), 0)),
      ],
    };
  }
  const findings = [
    await checkWritable(path, folder),
    ...checkRights(path, file.mode, OTHERS_READ, 'holds the users and the hashes of their passwords'),
    ...(await checkSecretFile(`${path}.auth-secret`)),
    ...(await checkSpace(folder, file.size)),
  ];
  return { isThere: true, findings };
}

async function checkWritable(path: string, folder: string): Promise<Finding> {
  for (const place of [path, folder]) {
    try {
      await access(place, constants.R_OK | constants.W_OK);
    } catch {
      const advice = 'Give the user that runs the service the right to: SQLite writes files beside its own.';
      return problem('files', `${place} can't be written.`, advice);
    }
  }
  return ok('files', `${path} and its folder can be written`);
}

function checkRights(path: string, mode: number, forbidden: number, why: string): Finding[] {
  if (process.platform === 'win32' || (mode & forbidden) === 0) return [];
  const rights = (mode & 0o777).toString(8);
  return [warning('rights', `Others on this machine may read ${path} (${rights}), which ${why}.`, `chmod 600 ${path}`)];
}

async function checkSecretFile(path: string): Promise<Finding[]> {
  const file = await stat(path).catch(() => undefined);
  return file ? checkRights(path, file.mode, OTHERS_OR_GROUP, 'signs all tokens') : [];
}

async function checkSpace(folder: string, size: number): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const text = `${inMegabytes(free)} free, the database has ${inMegabytes(size)}`;
  if (free < LEAST_FREE) return [problem('space', `The disk is nearly full: ${text}.`, 'Make room.')];
  if (free >= size * FREE_PER_SIZE) return [ok('space', text)];
  return [warning('space', `An upgrade, with its backup, may not fit: ${text}.`, 'Make room before the next release.')];
}

async function nearestFolder(folder: string): Promise<string> {
  for (let place = folder; ; place = dirname(place)) {
    const isThere = await stat(place).catch(() => undefined);
    if (isThere || place === dirname(place)) return place;
  }
}

const inMegabytes = (bytes: number) => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
