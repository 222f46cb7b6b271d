import type { Database } from '../database/database.js';
import { readOutboxLag } from '../event/outbox-lag.js';
import { type Finding, ok, warning } from './finding.js';

const LONGEST_MINUTES = 15;

/** Whether events are delivered to whoever is to get them. */
export async function checkBacklog(database: Database): Promise<Finding[]> {
  const lags = await readOutboxLag(database);
  const late = lags.filter(({ ageSeconds }) => ageSeconds > LONGEST_MINUTES * 60);
  if (late.length === 0) return [ok('delivery', lags.length === 0 ? 'nobody is told of events' : 'no event waits')];
  return late.map(({ consumer, events, ageSeconds }) => {
    const message = `${consumer} is ${events} events behind, the oldest from ${Math.round(ageSeconds / 60)} minutes ago.`;
    return warning('delivery', message, 'Look whether a process of the service runs that delivers, and what it logs.');
  });
}
