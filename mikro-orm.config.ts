import 'reflect-metadata';
import { loadDotEnv, readConfig } from './src/config.js';
import { ormOptions } from './src/database/orm.js';

loadDotEnv();

export default ormOptions(readConfig());
