import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Migration } from '@mikro-orm/migrations';
import { MigrationError } from './migration-error.js';
import { type DatabaseKind, ended } from './sql-text.js';

export type Direction = 'up' | 'down';

/** What a migration does to rows on purpose; what is not marked here and happens all the same undoes the upgrade. */
export interface MigrationMarks {
  /** Tables and columns (`products`, `products.brand`) whose content is gone for good after going up, or down. */
  readonly loses?: Partial<Record<Direction, readonly string[]>>;
  /** Tables and columns that have another name after going up: `{ 'products.colour': 'products.color' }`. */
  readonly renames?: Readonly<Record<string, string>>;
  /** Tables and columns whose rows and values change in number, in either direction. */
  readonly changes?: readonly string[];
}

/** A migration as its file says it. */
export interface MigrationFile {
  /** The file's name without its ending, such as `20261121100000-initial`. */
  readonly name: string;
  readonly up: readonly string[];
  readonly down: readonly string[];
  readonly marks: MigrationMarks;
  /** Of the statements of both directions: SHA-256, in hexadecimal. The same for TypeScript and for what it is built to. */
  readonly checksum: string;
}

const IS_MIGRATION = /^(\d{14}(?:-[a-z0-9-]+)?)\.(?:js|ts)$/;

/** The names of the migrations in a folder, oldest first. */
export function migrationNames(folder: string): string[] {
  return filesIn(folder).map(({ name }) => name);
}

/**
 * The migrations of a folder, oldest first.
 * @throws MigrationError for a file that holds no migration, or one whose statements can't be told without running it
 */
export async function readMigrations(folder: string, kind: DatabaseKind): Promise<MigrationFile[]> {
  const files = await Promise.all(filesIn(folder).map(({ name, path }) => readMigration(name, path)));
  return kind === 'sqlite' ? files.map(renamingInPlace) : files;
}

function filesIn(folder: string): { name: string; path: string }[] {
  const found = readdirSync(folder).flatMap((file) => {
    const name = IS_MIGRATION.exec(file)?.[1];
    return name === undefined ? [] : [{ name, path: join(folder, file) }];
  });
  return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

type MigrationClass = new (driver: unknown, config: unknown) => Migration & MigrationMarks;

async function readMigration(name: string, path: string): Promise<MigrationFile> {
  const exported = Object.values((await import(pathToFileURL(path).href)) as Record<string, unknown>);
  const Class = exported.find((value) => typeof value === 'function') as MigrationClass | undefined;
  if (!Class) throw new MigrationError(`The migration ${name} exports no class.`);
  const migration = new Class(unreachable(name), undefined);
  const up = await statementsOf(migration, name, 'up');
  const down = await statementsOf(migration, name, 'down');
  const { loses, renames, changes } = migration;
  return { name, up, down, marks: { loses, renames, changes }, checksum: checksumOf(up, down) };
}

async function statementsOf(migration: Migration, name: string, direction: Direction): Promise<string[]> {
  migration.reset();
  await migration[direction]();
  return migration.getQueries().map((query) => {
    if (typeof query !== 'string')
      throw new MigrationError(`The migration ${name} must hand its statements to addSql as text.`);
    if (endsTransaction(query))
      throw new MigrationError(
        `The migration ${name} must not begin or end a transaction: all that is applied at once is one. It says:\n  ${query}`,
      );
    return query;
  });
}

/** Texts, quoted names, comments, and PostgreSQL's bodies of functions: what stands in them is not run here. */
const NOT_RUN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|\/\*[^]*?\*\/|\$(\w*)\$[^]*?\$\1\$/g;

/** `end` alone ends a transaction; behind a semicolon it ends the body of a trigger. */
const TRANSACTION =
  /(?:^|;)\s*(?:commit|rollback|abort|savepoint|release|start\s+transaction|begin(?:\s+(?:transaction|work|deferred|immediate|exclusive))?\s*(?:;|$))|^\s*end\s*(?:;|$)/i;

const endsTransaction = (statement: string) => TRANSACTION.test(statement.replaceAll(NOT_RUN, ' '));

/**
 * A migration that makes a table anew, drops the old one and renames the new one to its name, as MikroORM writes it:
 * triggers of other tables that name it would stop the rename, because for a moment it is not there.
 * @see https://www.sqlite.org/pragma.html#pragma_legacy_alter_table
 */
const renamingInPlace = (file: MigrationFile): MigrationFile => ({
  ...file,
  up: withRenamesInPlace(file.up),
  down: withRenamesInPlace(file.down),
});

const NAME = '[`"[]?(\\w+)[`"\\]]?';
const DROP = new RegExp(`^\\s*drop\\s+table\\s+(?:if\\s+exists\\s+)?${NAME}\\s*;?\\s*$`, 'i');
const RENAME = new RegExp(`^\\s*alter\\s+table\\s+${NAME}\\s+rename\\s+to\\s+${NAME}\\s*;?\\s*$`, 'i');

function withRenamesInPlace(statements: readonly string[]): string[] {
  const dropped = new Set<string>();
  return statements.map((statement) => {
    const drop = DROP.exec(statement)?.[1];
    if (drop !== undefined) dropped.add(drop);
    const name = RENAME.exec(statement)?.[2];
    if (name === undefined || !dropped.has(name)) return statement;
    return `pragma legacy_alter_table = on;\n${ended(statement)}\npragma legacy_alter_table = off;`;
  });
}

/** Stands where a migration expects the database: one that asks it can be neither previewed nor compared. */
const unreachable = (name: string) =>
  new Proxy(
    {},
    {
      get() {
        throw new MigrationError(
          `The migration ${name} runs something while it is read. ` +
            'It must say all that it does by addSql, so that it can be shown before it happens.',
        );
      },
    },
  );

function checksumOf(up: readonly string[], down: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([up, down]))
    .digest('hex');
}
