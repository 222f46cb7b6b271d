import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { printCatalogSchema, SCHEMA_FILE } from './schema-file.js';

writeFileSync(SCHEMA_FILE, printCatalogSchema());
console.log(`Wrote ${SCHEMA_FILE}`);
