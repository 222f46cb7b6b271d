import type { SchemaObjects } from '../database/schema-objects.js';
import { postgresqlEventObjects } from './postgresql-event-triggers.js';
import { sqliteEventObjects } from './sqlite-event-triggers.js';

/**
 * What writes events: triggers, so that no change goes without one, whoever makes it and by whatever statement. An update
 * that changes nothing that anybody may read writes none. The tags of a product that is made or deleted stand in that
 * event; of any other, each tag that comes or goes is an event.
 */
export const eventTriggers: SchemaObjects = { sqlite: sqliteEventObjects, postgresql: postgresqlEventObjects };
