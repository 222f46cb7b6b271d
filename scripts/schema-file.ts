import { lexicographicSortSchema, printSchema } from 'graphql';
import { buildCatalogSchema } from '../src/schema.js';

/** The printed API, committed: what front ends generate their code from. */
export const SCHEMA_FILE = 'schema.graphql';

/** The API in the schema definition language, sorted so that a change shows as one. */
export const printCatalogSchema = (): string => `${printSchema(lexicographicSortSchema(buildCatalogSchema()))}\n`;
