import type { MigrationFile, MigrationMarks } from '../migration-file.js';

/** The TypeScript of a migration. @param name such as `20261125130000-add-brand` */
export function migrationText({ name, up, down, marks }: Omit<MigrationFile, 'checksum'>): string {
  const className = `Migration${name.replaceAll('-', '_')}`;
  const loses = withoutEmpty(marks.loses ?? {});
  const renames = marks.renames ?? {};
  const lost = loses.up ?? [];
  return [
    `import { Migration } from '@mikro-orm/migrations';`,
    '',
    ...(lost.length > 0 ? [`/** DESTRUCTIVE: takes away for good what is in ${lost.join(', ')}. */`] : []),
    `export class ${className} extends Migration {`,
    `  override name = '${className}';`,
    ...(Object.keys(loses).length > 0 ? [`  readonly loses = ${toText(loses)};`] : []),
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
    ...statements.map((statement) => `    this.addSql(\`${escaped(statement)}\`);`),
    '  }',
  ];
}

/** A statement within the backquotes of a template, which would make a line feed of a carriage return. */
const escaped = (statement: string) =>
  statement.replaceAll(/[`$\\]/g, String.raw`\$&`).replaceAll('\r', String.raw`\r`);

/** Without the directions in which nothing is lost. */
const withoutEmpty = (loses: NonNullable<MigrationMarks['loses']>) =>
  Object.fromEntries(Object.entries(loses).filter(([, names]) => names.length > 0));

/** As TypeScript is written here: single quotes, keys that need none without. */
const toText = (value: object) =>
  JSON.stringify(value, undefined, 1)
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('[ ', '[')
    .replaceAll(' ]', ']')
    .replaceAll(/"(\w+)": /g, '$1: ')
    .replaceAll('"', "'");
