import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** A name that no other worker has; it tells the processes of the same system whether its own still runs. */
export const newWorkerName = (): string => [systemName(), process.pid, randomUUID()].join(' ');

/** Whether a worker was a process of this system, and that process is no more. What is not known is no. */
export function hasEnded(worker: string, ownName: string): boolean {
  const [system, pid, run] = worker.split(' ');
  const [ownSystem, ownPid, ownRun] = ownName.split(' ');
  if (system !== ownSystem || system === UNKNOWN || run === ownRun) return false;
  // A system has each number once: whoever had this process's own is no more.
  return pid === ownPid || !isRunning(Number(pid));
}

const UNKNOWN = '-';

/** What has numbers of processes of its own: a start of a machine, and in it a container. */
function systemName(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')}`;
  } catch {
    return UNKNOWN;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
