import 'reflect-metadata';
import './matchers.js';
