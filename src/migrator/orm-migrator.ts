import type { MigrateOptions, MigrationInfo, MigrationRow, MikroORM } from '@mikro-orm/core';
import { type MigrationResult, Migrator as MikroOrmMigrator } from '@mikro-orm/migrations';
import type { AbstractSqlPlatform, SqlEntityManager, SqlSchemaGenerator } from '@mikro-orm/postgresql';
import { createMigration, hasSchemaChanges } from './generate/create-migration.js';
import { dialogue } from './generate/dialogue.js';
import type { SchemaModel, SchemaModeller } from './generate/schema-model.js';
import { emptyModel } from './generate/schema-statements.js';
import { normalizeSnapshot, readObjects } from './generate/snapshot.js';
import { appliedOf, type HistoryEntry, pendingOf } from './history.js';
import { MigrationError } from './migration-error.js';
import type { Direction } from './migration-file.js';
import { Migrations } from './migrations.js';
import type { MigratorSettings } from './migrator-settings.js';
import { SchemaGenerator } from './schema-generator.js';
import type { DatabaseKind } from './sql-text.js';
import { resolveTarget } from './target.js';
import type { UpgradeListener } from './upgrade.js';

/** Registers {@link Migrator} in place of MikroORM's own, which is looked for by that name. */
export const migratorExtension = (settings: MigratorSettings) => ({
  name: 'Migrator',
  register(orm: MikroORM) {
    const { config } = orm;
    config.registerExtension(
      '@mikro-orm/schema-generator',
      () => new SchemaGenerator(orm, settings.objects[settings.kind]),
    );
    config.registerExtension('@mikro-orm/migrator', () => new Migrator(orm, settings));
  },
});

/** The migrator of an ORM that {@link migratorExtension} was registered in. */
export const migratorOf = (orm: MikroORM): Migrator => orm.migrator as Migrator;

/** What the `mikro-orm migration:*` commands call: MikroORM's interface to this service's own migrations. */
export class Migrator extends MikroOrmMigrator implements SchemaModeller {
  readonly migrations: Migrations;

  constructor(
    orm: MikroORM,
    readonly settings: MigratorSettings,
  ) {
    super(orm.em as SqlEntityManager);
    this.migrations = new Migrations(orm, settings.kind, settings.folderOf(settings.kind), settings.upgrade);
  }

  override async up(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const target = targetOf('up', options, await this.migrations.history());
    return (await this.migrations.up(target, this.listener())).map((name) => ({ name }));
  }

  override async down(options?: string | string[] | MigrateOptions): Promise<MigrationInfo[]> {
    const target = targetOf('down', options, await this.migrations.history());
    return (await this.migrations.down(target, this.listener())).map((name) => ({ name }));
  }

  override async create(path?: string, isBlank = false, _isInitial = false, name?: string): Promise<MigrationResult> {
    if (path) throw new MigrationError('--path is not supported: the migrations of each database have their folder.');
    const created = await createMigration(this.settings, {
      name,
      isBlank,
      renames: [],
      drops: [],
      ...dialogue(),
      hasRows: (table) => this.migrations.hasRows(table),
    });
    if (!created) return { fileName: '', code: '', diff: { up: [], down: [] } };
    const { up, down, text } = created.files[this.kind];
    // Without a statement MikroORM's command would say that there is nothing to do.
    return {
      fileName: created.name,
      code: text,
      diff: { up: up.length > 0 ? [...up] : ['-- nothing'], down: [...down] },
    };
  }

  override createInitial(path?: string, name?: string, isBlank = false): Promise<MigrationResult> {
    return this.create(path, isBlank, true, name);
  }

  /** Whether the entities differ from what the migrations lead to; needs no database. */
  override checkSchema(): Promise<boolean> {
    return hasSchemaChanges(this.settings);
  }

  override async getExecuted(): Promise<MigrationRow[]> {
    const applied = appliedOf(await this.migrations.history());
    return applied.map(({ name, applied: row }, index) => ({
      id: index + 1,
      name,
      executed_at: row?.appliedAt ?? new Date(0),
    }));
  }

  override async getPending(): Promise<MigrationInfo[]> {
    return (await this.migrations.pending()).map((name) => ({ name }));
  }

  override logMigration(name: string): Promise<void> {
    throw new MigrationError(`Use \`catalog migrate stamp ${name}\`: it notes this migration and all before it.`);
  }

  override unlogMigration(name: string): Promise<void> {
    throw new MigrationError(
      `Use \`catalog migrate stamp\` with the migration before ${name}: none may be missing in between.`,
    );
  }

  override rollup(): Promise<MigrationResult> {
    throw new MigrationError('Migrations are not combined: a database that has seen some of them could not go on.');
  }

  /** What the migrations so far lead to, by the snapshot beside them; nothing where there is none yet. */
  async snapshotModel(): Promise<SchemaModel> {
    const tables = await this.getSchemaFromSnapshot();
    return tables ? { tables: normalizeSnapshot(tables), objects: readObjects(this.folder) } : emptyModel(this);
  }

  /** What the code describes. A new one at each call: what makes SQL of a model takes parts of it away. */
  targetModel(): SchemaModel {
    return { tables: this.schemaGenerator.getTargetSchema(), objects: this.settings.objects[this.kind] };
  }

  get platform(): AbstractSqlPlatform {
    return this.driver.getPlatform();
  }

  get schemaGenerator(): SqlSchemaGenerator {
    return this.config.getExtension('@mikro-orm/schema-generator') as SqlSchemaGenerator;
  }

  get kind(): DatabaseKind {
    return this.settings.kind;
  }

  private get folder(): string {
    return this.settings.folderOf(this.kind);
  }

  /** Tells the ORM's log. */
  private listener(): UpgradeListener {
    const say = (message: string) => this.config.getLogger().log('migrator', message, { enabled: true });
    return {
      onWait: () => say('Another migrator is at work: waiting for it'),
      onBackup: ({ path }) => say(`Backed up to ${path}`),
      onMigrated: ({ name }, direction, milliseconds) =>
        say(`${direction === 'up' ? 'Applied' : 'Reverted'} ${name} in ${Math.round(milliseconds)} ms`),
      onLoss: (name, losses) => say(`${name} took away ${losses.join(', ')}`),
    };
  }
}

/** Where MikroORM's options lead, as a target. @throws MigrationError for what would leave a gap, or is not supported */
function targetOf(
  direction: Direction,
  options: string | string[] | MigrateOptions = {},
  history: readonly HistoryEntry[],
): string {
  const { from, to, migrations, schema } = asOptions(options);
  if (from !== undefined || schema !== undefined)
    throw new MigrationError('--from and --schema are not supported: an upgrade begins where the database is.');
  if (migrations) return onlyTarget(direction, migrations, history);
  if (to === 0) return direction === 'up' ? 'head' : 'base';
  return to ?? (direction === 'up' ? 'head' : '-1');
}

const asOptions = (options: string | string[] | MigrateOptions): MigrateOptions & { to?: string | 0 } =>
  typeof options === 'string' || Array.isArray(options)
    ? { migrations: [options].flat() }
    : (options as MigrateOptions & { to?: string | 0 });

/** The target of "only these": they must be the next ones. */
function onlyTarget(direction: Direction, wanted: readonly string[], history: readonly HistoryEntry[]): string {
  const names = history.map(({ name }) => name);
  const points = [...new Set(wanted.map((name) => resolveTarget(name, names, appliedOf(history).length)))];
  const next = direction === 'up' ? pendingOf(history) : appliedOf(history).toReversed();
  const expected = new Set(next.slice(0, points.length).map(({ name }) => names.indexOf(name) + 1));
  if (points.some((point) => !expected.has(point)))
    throw new MigrationError('--only must name the next ones: none may be missing in between.');
  return `${direction === 'up' ? '+' : '-'}${points.length}`;
}
