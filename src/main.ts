import { keepCompiled } from './keep-compiled.js';

keepCompiled();
// All that a module imports is compiled before the module itself runs.
const { runService } = await import('./service.js');
void runService();
