import { createSchemaStatements } from '../generate/schema-statements.js';
import type { SchemaModeller } from '../generate/schema-model.js';
import { describeProblem, type HistoryEntry } from '../history.js';
import type { Migrations } from '../migrations.js';
import { schemaAfter, schemaOf } from './replay.js';
import { compareItems, type SchemaDifference } from './schema-item.js';

/** What a check found. */
export interface DriftReport {
  /** Where files and database disagree about what was applied; each `{ migration, problem }`. */
  readonly history: readonly { migration: string; problem: string }[];
  /** Where the migrations do not lead to what the code describes: one is still to be made. */
  readonly code: readonly SchemaDifference[];
  /** Where the database is not what the applied migrations lead to: somebody changed it by hand. */
  readonly database: readonly SchemaDifference[];
  /** Migrations that are there and not applied; no drift. */
  readonly pending: readonly string[];
}

/** Whether there is nothing to tell but pending migrations. */
export const isClean = ({ history, code, database }: DriftReport): boolean =>
  history.length + code.length + database.length === 0;

/**
 * Compares the code with the migrations, the migrations with the database, and the files with what was applied. Each
 * schema is told by the database itself, so that what is written in another way but means the same is the same.
 */
export async function checkDrift(migrations: Migrations, modeller: SchemaModeller): Promise<DriftReport> {
  const history = await migrations.history();
  const files = await migrations.read();
  const statements = createSchemaStatements(modeller);
  return migrations.withSession(async (session) => {
    const live = await schemaOf(session);
    const applied = await schemaAfter(session, statementsOf(history.filter((entry) => entry.applied)));
    const head = await schemaAfter(
      session,
      files.flatMap(({ up }) => up),
    );
    const described = await schemaAfter(session, statements);
    return {
      history: history.flatMap(({ name, problem }) =>
        problem ? [{ migration: name, problem: describeProblem(problem) }] : [],
      ),
      code: compareItems(described, head),
      database: compareItems(applied, live),
      pending: history.filter((entry) => !entry.applied).map(({ name }) => name),
    };
  });
}

const statementsOf = (entries: readonly HistoryEntry[]) => entries.flatMap(({ file }) => file?.up ?? []);
