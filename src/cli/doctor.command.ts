import { Command } from 'commander';
import type { Finding, Level } from '../doctor/finding.js';
import { diagnose } from '../doctor/diagnose.js';

/** `catalog doctor`: whether an installation is as it should be, and what to do where it is not. */
export const doctorCommand = new Command('doctor')
  .description('Looks at configuration, files, database, migrations and derived data; ends with 1 at a problem.')
  .option('--full', 'also what takes its time: all derived data, and an SQLite file from end to end', false)
  .option('--json', 'for machines', false)
  .action(doctor);

async function doctor({ full, json }: { full: boolean; json: boolean }): Promise<void> {
  const findings = await diagnose(process.env, full);
  const isWell = findings.every(({ level }) => level !== 'problem');
  console.log(json ? JSON.stringify({ ok: isWell, findings }, null, 2) : describe(findings));
  if (!isWell) process.exitCode = 1;
}

const SIGNS: Readonly<Record<Level, string>> = { ok: '✓', warning: '!', problem: '✗' };

function describe(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, level, message, advice }) => [
    `${SIGNS[level]} ${check.padEnd(width)}  ${message}`,
    ...(advice ? [`  ${' '.repeat(width)}  → ${advice}`] : []),
  ]);
  return [...lines, '', summary(findings)].join('\n');
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const told = (['problem', 'warning'] as const).flatMap((level) =>
    count(level) > 0 ? [`${count(level)} ${level}${count(level) === 1 ? '' : 's'}`] : [],
  );
  return told.length > 0 ? `${told.join(', ')}.` : 'All is well.';
}
