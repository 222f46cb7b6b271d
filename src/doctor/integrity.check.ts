import type { Session } from '../migrator/session.js';
import { type Finding, ok, problem } from './finding.js';

/** Whether an SQLite file is whole, which means to read all of it; PostgreSQL looks after its own. */
export async function checkIntegrity(session: Session): Promise<Finding[]> {
  if (session.kind !== 'sqlite') return [];
  const answers = await session.all<{ integrity_check: string }>('pragma integrity_check(10)');
  const broken = answers.map((row) => row.integrity_check).filter((answer) => answer !== 'ok');
  const orphans = await session.all('pragma foreign_key_check');
  if (broken.length > 0) {
    const advice = 'Stop the service, keep a copy of the file, and go back to a backup beside it.';
    return [problem('integrity', `The file is damaged: ${broken.join('; ')}.`, advice)];
  }
  if (orphans.length > 0) {
    const advice = 'Somebody wrote with foreign keys off: `pragma foreign_key_check` lists the rows.';
    return [problem('integrity', `${orphans.length} rows name entries that are not there.`, advice)];
  }
  return [ok('integrity', 'the file is whole')];
}
