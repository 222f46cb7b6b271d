import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MikroORM } from '@mikro-orm/core';
import { MigrationError } from '../migration-error.js';
import { type MigrationMarks, migrationNames } from '../migration-file.js';
import type { MigratorSettings } from '../migrator-settings.js';
import type { DatabaseKind } from '../sql-text.js';
import type { Dialogue } from './dialogue.js';
import { migrationText } from './migration-text.js';
import { type RenameAnswers, resolveRenames } from './renames.js';
import { compareModels, isEmpty, lossesOf, type ModelDifference, tablesOf } from './schema-diff.js';
import { type ColumnRename, inverseOf, type SchemaModel, type SchemaModeller } from './schema-model.js';
import { schemaStatements } from './schema-statements.js';
import { snapshotPath, snapshotText } from './snapshot.js';
import { unfilledAdvice, unfilledColumns } from './table-guards.js';

/** What a migration is to be, and who answers for what it can't know. */
export interface MigrationRequest extends RenameAnswers, Dialogue {
  /** In words or with hyphens, such as `add-brand`; the file begins with the time. */
  readonly name?: string;
  /** Makes one without statements, to be written by hand. */
  readonly isBlank?: boolean;
  /** Whether it may take away what is in tables and columns. */
  readonly allowsLosses?: boolean;
  /** Whether a table of the database at hand holds rows. */
  readonly hasRows?: (table: string) => Promise<boolean>;
}

/** A migration that has been made, for each database under the same name. */
export interface CreatedMigration {
  readonly name: string;
  readonly files: Readonly<Record<DatabaseKind, CreatedFile>>;
}

export interface CreatedFile {
  readonly path: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly text: string;
}

const KINDS: readonly DatabaseKind[] = ['sqlite', 'postgresql'];

/** Whether the code describes another schema than the migrations lead to, on either database. */
export async function hasSchemaChanges(settings: MigratorSettings): Promise<boolean> {
  return withModellers(settings, async (modellers) => {
    const changes = await Promise.all(modellers.map((modeller) => changesOf(modeller)));
    return changes.some(({ tables, objects }) => !isEmpty(tables, objects));
  });
}

/**
 * Makes one migration for each database, from what the code describes and the migrations so far lead to.
 * @returns undefined where they are the same, and nothing is made
 * @throws MigrationError for what nobody answers for, for losses that are not allowed, for columns that can't be filled
 */
export async function createMigration(
  settings: MigratorSettings,
  request: MigrationRequest,
): Promise<CreatedMigration | undefined> {
  return withModellers(settings, async (modellers) => {
    const drafts = request.isBlank ? blank(modellers) : await draftAll(modellers, request);
    if (!drafts) return undefined;
    const name = nextName(settings, request.name);
    return { name, files: writeAll(settings, name, drafts) };
  });
}

/** Runs work with a modeller for each database, of which none is connected. */
async function withModellers<T>(
  { offlineOptions }: MigratorSettings,
  work: (modellers: readonly SchemaModeller[]) => Promise<T>,
): Promise<T> {
  const orms = await Promise.all(
    KINDS.map((kind) => MikroORM.init({ ...offlineOptions(kind), logger: () => undefined })),
  );
  try {
    return await work(orms.map((orm) => orm.migrator as unknown as SchemaModeller));
  } finally {
    await Promise.all(orms.map((orm) => orm.close(true)));
  }
}

/** What is to be written for one database. */
interface Draft {
  readonly kind: DatabaseKind;
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly marks: MigrationMarks;
  readonly target: SchemaModel;
}

const blank = (modellers: readonly SchemaModeller[]): Draft[] =>
  modellers.map((modeller) => ({
    kind: modeller.kind,
    up: [],
    down: [],
    marks: {},
    target: modeller.targetModel(),
  }));

async function draftAll(modellers: readonly SchemaModeller[], request: MigrationRequest): Promise<Draft[] | undefined> {
  const changes = await Promise.all(modellers.map((modeller) => changesOf(modeller)));
  if (changes.every(({ tables, objects }) => isEmpty(tables, objects))) return undefined;
  // The databases differ in types, but not in which columns there are: each question is asked once.
  const [first] = changes;
  const renames = first ? await resolveRenames(first.tables, request) : [];
  const after = await Promise.all(modellers.map((modeller) => changesOf(modeller, renames)));
  await assertFillable(after, request);
  await assertAllowed([...new Set(after.flatMap(({ tables }) => lossesOf(tables)))], request);
  return Promise.all(modellers.map((modeller) => draft(modeller, renames)));
}

/** What is to change on the way up. */
const changesOf = async (modeller: SchemaModeller, renames: readonly ColumnRename[] = []): Promise<ModelDifference> =>
  compareModels(modeller.platform, await modeller.snapshotModel(), modeller.targetModel(), renames);

/** What goes: tables and columns with what is in them, and tables that the code itself fills. */
const marksOf = ({ tables, objects }: ModelDifference) => [...lossesOf(tables), ...tablesOf(objects.removed)];

/** @throws MigrationError for a new column that rows which are there would have no value for */
async function assertFillable(changes: readonly ModelDifference[], { hasRows }: MigrationRequest): Promise<void> {
  for (const difference of changes.flatMap(({ tables }) => Object.values(tables.changedTables))) {
    const [column] = unfilledColumns(difference);
    if (column && (await hasRows?.(difference.name)))
      throw new MigrationError(`${unfilledAdvice(difference.name, column.name)}.`);
  }
}

async function assertAllowed(losses: readonly string[], request: MigrationRequest): Promise<void> {
  if (losses.length === 0 || request.allowsLosses) return;
  if (await request.confirmLosses?.(losses)) return;
  throw new MigrationError(
    `This would take away for good what is in ${losses.join(', ')}. ` +
      'Where that is meant, say so: `catalog migrate create NAME --allow-destructive`.',
  );
}

async function draft(modeller: SchemaModeller, renames: readonly ColumnRename[]): Promise<Draft> {
  const inverse = renames.map(inverseOf);
  const up = schemaStatements(modeller, await modeller.snapshotModel(), modeller.targetModel(), renames);
  const down = schemaStatements(modeller, modeller.targetModel(), await modeller.snapshotModel(), inverse);
  const changes = await changesOf(modeller, renames);
  const back = compareModels(modeller.platform, modeller.targetModel(), await modeller.snapshotModel(), inverse);
  return {
    kind: modeller.kind,
    up,
    down,
    marks: {
      loses: { up: marksOf(changes), down: marksOf(back) },
      renames: Object.fromEntries(renames.map(({ table, from, to }) => [`${table}.${from}`, `${table}.${to}`])),
    },
    target: modeller.targetModel(),
  };
}

/** The time and the name, later than all that there are. */
function nextName({ folderOf }: MigratorSettings, name = ''): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  if (name !== '' && words === '') throw new MigrationError(`"${name}" has no letter or digit to name a migration by.`);
  const existing = KINDS.flatMap((kind) => migrationNames(folderOf(kind)));
  const newest = existing.reduce((latest, other) => (other > latest ? other : latest), '').slice(0, 14);
  const now = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const timestamp = now > newest ? now : String(BigInt(newest) + 1n);
  return words === '' ? timestamp : `${timestamp}-${words}`;
}

/** Writes all files, or none. */
function writeAll(
  { folderOf }: MigratorSettings,
  name: string,
  drafts: readonly Draft[],
): Record<DatabaseKind, CreatedFile> {
  const files = drafts.map(({ kind, up, down, marks, target }) => {
    const folder = folderOf(kind);
    const text = migrationText({ name, up, down, marks });
    return { kind, up, down, text, path: join(folder, `${name}.ts`), snapshot: snapshotPath(folder), target };
  });
  const contents = files.flatMap(({ path, text, snapshot, target }) => [
    { path, text },
    { path: snapshot, text: snapshotText(target) },
  ]);
  try {
    for (const { path, text } of contents) writeFileSync(`${path}.part`, text);
  } catch (error) {
    for (const { path } of contents) rmSync(`${path}.part`, { force: true });
    throw error;
  }
  for (const { path } of contents) renameSync(`${path}.part`, path);
  return Object.fromEntries(files.map((file) => [file.kind, file])) as unknown as Record<DatabaseKind, CreatedFile>;
}
