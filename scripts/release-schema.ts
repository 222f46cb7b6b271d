import { RELEASED_SCHEMA_FILE, writeReleasedSchema } from './released-schema.js';

writeReleasedSchema();
console.log(`Wrote ${RELEASED_SCHEMA_FILE}`);
