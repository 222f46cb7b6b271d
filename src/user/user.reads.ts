import { sql } from 'kysely';
import { boolean, column, entryFields, type NounReads } from '../database/reads.js';

export const userReads: NounReads = {
  type: 'User',
  table: 'users',
  fields: {
    ...entryFields,
    username: column('username'),
    slug: column('slug'),
    firstName: column('first_name'),
    lastName: column('last_name'),
    fullName: (row) => sql`${row.column('first_name')} || ' ' || ${row.column('last_name')}`,
    age: column('age'),
    role: column('role'),
    isActive: boolean('is_active'),
  },
  filters: {},
  orders: {},
  roots: {},
};
