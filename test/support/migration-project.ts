import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
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
 * What is built, with migrations of a test's own behind the catalogue's, which are in a folder of their own. Nothing of it
 * is left when it is removed.
 */
export class MigrationProject {
  /** What the migrations are copied to, as long as none of them changes. */
  private snapshot: string | undefined;

  private constructor(private readonly folder: string) {}

  static create(): MigrationProject {
    mkdirSync('temp', { recursive: true });
    // Inside the project, where its packages are found.
    const project = new MigrationProject(mkdtempSync(resolve('temp', 'migrate-')));
    for (const kind of KINDS) project.linkMigrations(kind);
    return project;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The path of the `catalog` command. */
  get command(): string {
    return this.launcher('src/cli/main.js');
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
    this.snapshot = undefined;
    for (const kind of KINDS) {
      const path = join(this.migrationsFolder(kind), `${name}.js`);
      // It may be a link to what is built.
      rmSync(path, { force: true });
      writeFileSync(path, text);
    }
  }

  /** Takes the file of a migration away, for both databases. */
  delete(name: string): void {
    this.snapshot = undefined;
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
    return startNode([this.launcher('src/main.js')], database, { PORT: '0', ...environment });
  }

  /** `mikro-orm …`, until its end. */
  mikroOrm(database: TestDatabase, args: readonly string[]): Promise<Ended> {
    const command = resolve('node_modules/@mikro-orm/cli/cli.js');
    // The option takes all that follows it.
    const config = ['--config', this.launcher('mikro-orm.config.js')];
    return runNode([command, ...args, ...config], database, { MIKRO_ORM_NO_COLOR: '1', MIKRO_ORM_CLI_PREFER_TS: '0' });
  }

  /** Hands the migrator of a database to some work, in this process. */
  async withMigrator<T>(
    { url }: TestDatabase,
    work: (migrator: Migrator) => Promise<T>,
    environment: Record<string, string> = {},
  ): Promise<T> {
    const source = { ...CATALOGUE, migrations: (this.snapshot ??= this.copyMigrations()) };
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
  private copyMigrations(): string {
    const copy = mkdtempSync(join(this.folder, 'seen-'));
    cpSync(join(this.folder, 'migrations'), copy, { recursive: true });
    return copy;
  }

  /** The catalogue's own are read once, whichever project they are in. */
  private linkMigrations(kind: DatabaseKind): void {
    const folder = this.migrationsFolder(kind);
    const source = resolve('dist/src/migrations', kind);
    mkdirSync(folder, { recursive: true });
    for (const name of migrationNames(source)) symlinkSync(join(source, `${name}.js`), join(folder, `${name}.js`));
  }

  /** The path of a module that is one of those that are built, but for where it finds its migrations. */
  private launcher(built: string): string {
    const path = join(this.folder, built.replaceAll('/', '-'));
    const text = [
      `import 'reflect-metadata';`,
      `import { CATALOGUE } from ${JSON.stringify(urlOf('src/database/orm.js'))};`,
      `CATALOGUE.migrations = ${JSON.stringify(join(this.folder, 'migrations'))};`,
      `const module = await import(${JSON.stringify(urlOf(built))});`,
      'export default module.default;',
    ];
    writeFileSync(path, text.join('\n'));
    return path;
  }

  private migrationsFolder(kind: DatabaseKind): string {
    return join(this.folder, 'migrations', kind);
  }
}

const urlOf = (built: string) => pathToFileURL(resolve('dist', built)).href;

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
