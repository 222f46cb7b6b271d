import type { Config } from '../config.js';
import { nameOfDatabase } from '../database/open-database.js';
import { isLoopback } from '../shared/network.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** What the configuration says, and what of it does not fit together. */
export function checkConfiguration(config: Config): Finding[] {
  const { database, isProduction } = config;
  const kind = database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL';
  const mode = isProduction ? 'production' : 'development';
  return [
    ok('configuration', `${mode}, ${kind}: ${nameOfDatabase(database)}`),
    ...checkMode(config),
    ...checkDurability(config),
    checkSecret(config),
  ];
}

function checkMode({ isProduction, database, host }: Config): Finding[] {
  const isOpen = host !== 'localhost' && !isLoopback(host);
  if (isProduction || (!isOpen && database.kind === 'sqlite')) return [];
  const reason = isOpen ? `The service listens on ${host}` : 'The database is a server';
  return [
    warning(
      'mode',
      `${reason}, and NODE_ENV is not production: introspection and metrics are open to everybody.`,
      'Set NODE_ENV=production where the service is more than a trial.',
    ),
  ];
}

function checkDurability({ isProduction, database }: Config): Finding[] {
  if (!isProduction || database.kind !== 'sqlite' || database.synchronous === 'FULL') return [];
  return [
    warning(
      'durability',
      'With SQLITE_SYNCHRONOUS=NORMAL a power failure may lose the last writes.',
      'Leave SQLITE_SYNCHRONOUS out, unless that is a price to pay for speed.',
    ),
  ];
}

const LEAST_CHARACTERS = 10;
const HOW_TO_MAKE = 'Make one with `openssl rand -base64 48`.';

function checkSecret({ auth: { secret }, isProduction }: Config): Finding {
  if (secret === undefined && isProduction) return problem('secret', 'AUTH_SECRET is not set.', HOW_TO_MAKE);
  if (secret === undefined) return ok('secret', 'made by the service, outside production');
  if (new Set(secret).size < LEAST_CHARACTERS) {
    return warning('secret', 'AUTH_SECRET repeats few characters: it can be guessed.', HOW_TO_MAKE);
  }
  return ok('secret', 'AUTH_SECRET is set');
}
