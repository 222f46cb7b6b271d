import { checkDrift, type DriftReport } from '../migrator/drift/check-drift.js';
import type { Migrator } from '../migrator/orm-migrator.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Whether the database is where the code expects it, and was brought there by the migrations alone. */
export async function checkMigrations(migrator: Migrator): Promise<{ findings: Finding[]; isCurrent: boolean }> {
  const report = await checkDrift(migrator.migrations, migrator);
  const findings = [...historyFindings(report), ...driftFindings(report)];
  const isCurrent = report.pending.length === 0 && report.database.length === 0;
  if (findings.length > 0) return { findings, isCurrent };
  return { findings: [ok('migrations', 'all are applied, and the schema is what they lead to')], isCurrent };
}

function* historyFindings({ history, pending }: DriftReport): Generator<Finding> {
  for (const entry of history) {
    const advice =
      'Bring back the file that was applied; where the database is right, `npx catalog migrate stamp` notes so.';
    yield problem('migrations', `${entry.migration} ${entry.problem}.`, advice);
  }
  if (pending.length > 0) {
    yield problem(
      'migrations',
      `${pending.length} pending: ${pending.join(', ')}.`,
      'Apply them: npx catalog migrate up',
    );
  }
}

function* driftFindings({ code, database }: DriftReport): Generator<Finding> {
  const advice = '`npx catalog migrate check` tells each difference.';
  if (database.length > 0) {
    const message = `The database differs from what its migrations lead to, in ${counted(database.length)}.`;
    yield warning('schema', message, advice);
  }
  if (code.length > 0) {
    yield problem(
      'schema',
      `The code describes another schema than its migrations, in ${counted(code.length)}.`,
      advice,
    );
  }
}

const counted = (count: number) => `${count} ${count === 1 ? 'place' : 'places'}`;
