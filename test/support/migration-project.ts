import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MikroORM } from '@mikro-orm/core';
import { CATALOGUE, ormOptions } from '../../src/database/orm.js';
import type { Direction, MigrationMarks } from '../../src/migrator/migration-file.js';
import { migrationNames } from '../../src/migrator/migration-file.js';
import { type Migrator, migratorOf } from '../../src/migrator/orm-migrator.js';
import type { DatabaseKind } from '../../src/migrator/sql-text.js';
import { DATABASE, type TestDatabase } from './database.js';
import { type Ended, runNode, startNode } from './node-process.js';
import { testConfig } from './service.js';

/** A migration as a test says it: the statements of each direction, and what it does to rows on purpose. */
export type MigrationDraft = MigrationMarks & Partial<Record<Direction, readonly string[]>>;

const KINDS: readonly DatabaseKind[] = ['sqlite', 'postgresql'];

/**
 * A copy of the built project, in a folder of its own, with migrations of a test's own behind the catalogue's. Its
 * commands run from there; nothing of it is left when it is removed.
 */
export class MigrationProject {
  private constructor(private readonly folder: string) {}

  static create(): MigrationProject {
    mkdirSync('temp', { recursive: true });
    // Inside the project, where its packages are found.
    const folder = mkdtempSync(resolve('temp', 'migrate-'));
    cpSync('dist', join(folder, 'dist'), { recursive: true, filter: (path) => !path.endsWith('.map') });
    const project = new MigrationProject(folder);
    for (const kind of KINDS) project.forgetSources(kind);
    return project;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The path of the built `catalog` command. */
  get command(): string {
    return this.path('src/cli/main.js');
  }

  /** The migrations that there are, oldest first. */
  get names(): string[] {
    return migrationNames(this.migrationsFolder(DATABASE));
  }

  /** Writes a migration, for both databases, in the place of one of that name. @returns its name */
  write(name: string, draft: MigrationDraft): string {
    this.writeText(name, textOf(draft));
    return name;
  }

  /** Writes what may be no migration at all. */
  writeText(name: string, text: string): void {
    for (const kind of KINDS) writeFileSync(join(this.migrationsFolder(kind), `${name}.js`), text);
  }

  /** Takes the file of a migration away, for both databases. */
  delete(name: string): void {
    for (const kind of KINDS) rmSync(join(this.migrationsFolder(kind), `${name}.js`));
  }

  /** `catalog …`, built, until its end. */
  catalog(database: TestDatabase, args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
    return runNode([this.command, ...args], database, environment);
  }

  /** The same, running. */
  startCatalog(database: TestDatabase, args: readonly string[], environment: Record<string, string> = {}) {
    return startNode([this.command, ...args], database, environment);
  }

  /** The service, running. */
  startService(database: TestDatabase, environment: Record<string, string> = {}) {
    return startNode([this.path('src/main.js')], database, { PORT: '0', ...environment });
  }

  /** `mikro-orm …`, until its end. */
  mikroOrm(database: TestDatabase, args: readonly string[]): Promise<Ended> {
    const command = resolve('node_modules/@mikro-orm/cli/cli.js');
    // The option takes all that follows it.
    const config = ['--config', this.path('mikro-orm.config.js')];
    return runNode([command, ...args, ...config], database, { MIKRO_ORM_NO_COLOR: '1' });
  }

  /** Hands the migrator of a database to some work, in this process. */
  async withMigrator<T>(
    { url }: TestDatabase,
    work: (migrator: Migrator) => Promise<T>,
    environment: Record<string, string> = {},
  ): Promise<T> {
    const source = { ...CATALOGUE, migrations: this.snapshot() };
    const orm = await MikroORM.init({ ...ormOptions(testConfig(url, environment), source), logger: () => undefined });
    try {
      return await work(migratorOf(orm));
    } finally {
      await orm.close(true);
    }
  }

  /** What is in the folder of a database's migrations. */
  filesOf(kind: DatabaseKind): string[] {
    return readdirSync(this.migrationsFolder(kind)).toSorted();
  }

  /** The migrations as they are now: Node reads a file that it has seen no more. */
  private snapshot(): string {
    const snapshot = mkdtempSync(join(this.folder, 'migrations-'));
    cpSync(this.path('src/migrations'), snapshot, { recursive: true });
    return snapshot;
  }

  /** The maps of the build are not copied, and Vite complains of those that it misses. */
  private forgetSources(kind: DatabaseKind): void {
    for (const file of this.filesOf(kind)) {
      const path = join(this.migrationsFolder(kind), file);
      writeFileSync(path, readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, ''));
    }
  }

  private migrationsFolder(kind: DatabaseKind): string {
    return this.path(`src/migrations/${kind}`);
  }

  private path(built: string): string {
    return join(this.folder, 'dist', built);
  }
}

/** The JavaScript that a migration in TypeScript is built to. */
function textOf({ up = [], down = [], ...marks }: MigrationDraft): string {
  const calls = (statements: readonly string[]) =>
    statements.map((statement) => `    this.addSql(${JSON.stringify(statement)});`);
  return [
    `import { Migration } from '@mikro-orm/migrations';`,
    'export class AMigration extends Migration {',
    ...Object.entries(marks).map(([name, value]) => `  ${name} = ${JSON.stringify(value)};`),
    '  up() {',
    ...calls(up),
    '  }',
    '  down() {',
    ...calls(down),
    '  }',
    '}',
    '',
  ].join('\n');
}
