#!/usr/bin/env node
import { keepCompiled } from '../keep-compiled.js';
import { assertNodeVersion } from '../node-version.js';

assertNodeVersion();
keepCompiled();
// All that a module imports is compiled before the module itself runs.
const { runCatalog } = await import('./catalog.js');
void runCatalog();
