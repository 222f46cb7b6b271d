import { type Config, ConfigError, readConfig } from '../config.js';
import { Database } from '../database/database.js';
import { cannotOpen } from '../database/open-database.js';
import { IN_MEMORY } from '../database/sqlite.js';
import { migratorOf } from '../migrator/orm-migrator.js';
import { reasonOf } from '../migrator/sql-text.js';
import { checkBacklog } from './backlog.check.js';
import { checkConfiguration } from './configuration.check.js';
import { checkServer } from './database.check.js';
import { checkDerivedData } from './derived-data.check.js';
import { checkFiles } from './files.check.js';
import { type Finding, problem } from './finding.js';
import { checkIntegrity } from './integrity.check.js';
import { checkMigrations } from './migrations.check.js';
import { checkReplicas } from './replicas.check.js';

/** Looks at an installation, from the configuration down, as far as it gets. Changes nothing. */
export async function diagnose(environment: NodeJS.ProcessEnv, isFull: boolean): Promise<Finding[]> {
  let config: Config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((message) =>
      problem('configuration', `${message}.`, '.env.example names each variable.'),
    );
  }
  return [...checkConfiguration(config), ...(await diagnoseDatabase(config, isFull))];
}

async function diagnoseDatabase(config: Config, isFull: boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (config.database.kind === 'sqlite' && config.database.path !== IN_MEMORY) {
    const files = await checkFiles(config.database.path);
    findings.push(...files.findings);
    // To open it would make it.
    if (!files.isThere) return findings;
  }
  let database: Database;
  try {
    database = await Database.open(config);
  } catch (error) {
    return [...findings, problem('database', cannotOpen(config.database, error).message, HOW_TO_REACH)];
  }
  try {
    return [...findings, ...(await diagnoseContent(config, database, isFull))];
  } catch (error) {
    return [...findings, problem('database', `It can't be looked at: ${reasonOf(error)}.`, HOW_TO_REACH)];
  } finally {
    await database.close();
  }
}

const HOW_TO_REACH =
  'Look at DATABASE_URL, whether it is a database of the service, and whether this machine may use it.';

async function diagnoseContent(config: Config, database: Database, isFull: boolean): Promise<Finding[]> {
  const migrator = migratorOf(database.orm);
  const ofServer = await migrator.migrations.withSession((session) => checkServer(session, config));
  const ofReplicas = await migrator.migrations.withSession((session) => checkReplicas(config, session));
  const { findings: ofMigrations, isCurrent } = await checkMigrations(migrator);
  const ofData = isCurrent ? await checkDerivedData(config, database, isFull) : [];
  const ofDelivery = isCurrent ? await checkBacklog(database) : [];
  const ofFile = isFull ? await migrator.migrations.withSession(checkIntegrity) : [];
  return [...ofServer, ...ofReplicas, ...ofMigrations, ...ofData, ...ofDelivery, ...ofFile];
}
