import { readFileSync, writeFileSync } from 'node:fs';
import { SCHEMA_FILE } from './schema-file.js';

/** The API of the last release: what clients rely on. A release writes it anew, by `npm run schema:release`. */
export const RELEASED_SCHEMA_FILE = 'schema.released.graphql';

const HEADER = /^# The API of version (\S+), /;

export const packageVersion = (): string =>
  (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version;

/** @returns the version that the released schema is of; undefined where it doesn't say */
export const versionOf = (releasedSchema: string): string | undefined => HEADER.exec(releasedSchema)?.[1];

/** The current API, as that of a version. */
export const asReleased = (schema: string, version: string): string =>
  `# The API of version ${version}, which clients rely on. Written by \`npm run schema:release\`; never edited.\n${schema}`;

export function writeReleasedSchema(): void {
  writeFileSync(RELEASED_SCHEMA_FILE, asReleased(readFileSync(SCHEMA_FILE, 'utf8'), packageVersion()));
}
