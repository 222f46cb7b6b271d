import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { DIAGRAM_FILE, withEntityDiagram } from './entity-diagram.js';
import { printCatalogSchema, SCHEMA_FILE } from './schema-file.js';

writeFileSync(SCHEMA_FILE, printCatalogSchema());
writeFileSync(DIAGRAM_FILE, await withEntityDiagram());
console.log(`Wrote ${SCHEMA_FILE}, and the tables into ${DIAGRAM_FILE}`);
