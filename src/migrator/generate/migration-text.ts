import type { MigrationFile } from '../migration-file.js';

/** The TypeScript of a migration. @param name such as `20261125130000-add-brand` */
export function migrationText({ name, up, down, marks }: Omit<MigrationFile, 'checksum'>): string {
  const className = `Migration${name.replaceAll('-', '_')}`;
  const { loses = {}, renames = {} } = marks;
  const lost = loses.up ?? [];
  return [
    `import { Migration } from '@mikro-orm/migrations';`,
    '',
    ...(lost.length > 0 ? [`/** DESTRUCTIVE: takes away for good what is in ${lost.join(', ')}. */`] : []),
    `export class ${className} extends Migration {`,
    `  override name = '${className}';`,
    ...(hasEntries(loses) ? [`  readonly loses = ${toText(loses)};`] : []),
    ...(Object.keys(renames).length > 0 ? [`  readonly renames = ${toText(renames)};`] : []),
    '',
    ...method('up', up),
    '',
    ...method('down', down),
    '}',
    '',
  ].join('\n');
}

function method(name: string, statements: readonly string[]): string[] {
  return [
    `  override ${name}(): void {`,
    ...(statements.length === 0 ? ['    // Nothing to do on this database.'] : []),
    ...statements.map((statement) => `    this.addSql(\`${statement.replaceAll(/[`$\\]/g, String.raw`\$&`)}\`);`),
    '  }',
  ];
}

const hasEntries = (loses: object) => Object.values(loses).some((names: readonly string[]) => names.length > 0);

/** As TypeScript is written here: single quotes, keys that need none without. */
const toText = (value: object) =>
  JSON.stringify(value, undefined, 1)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll(/"(\w+)": /g, '$1: ')
    .replaceAll('"', "'");
