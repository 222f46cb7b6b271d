import { keepCompiled } from './keep-compiled.js';
import { assertNodeVersion } from './node-version.js';

assertNodeVersion();
keepCompiled();
// All that a module imports is compiled before the module itself runs.
const { runService } = await import('./service.js');
void runService();
