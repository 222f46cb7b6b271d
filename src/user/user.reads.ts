import { sql } from 'kysely';
import {
  activity,
  all,
  boolean,
  byId,
  byIndex,
  column,
  entryFields,
  idIn,
  type NounReads,
  oneBy,
  range,
} from '../database/reads.js';
import { partOf } from '../database/searches.js';
import { foldCase } from '../shared/text.js';

const isActive = activity('users');
const role = byIndex('users', 'role', (key, value) => sql`${key} = ${value.bind('text')}`);
const age = byIndex('users', 'age', range('integer'));
const searched = partOf('users', 'search_key');

export const userReads: NounReads = {
  type: 'User',
  table: 'users',
  // Others than admins know of themselves alone: somebody else's id finds nothing, there or not.
  visible: (row, { viewer, viewerId }) => (viewer.isAdmin ? undefined : sql`${row.column('id')} = ${viewerId}`),
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
  filters: {
    ids: idIn('id'),
    search: searched.filter,
    role: role.filter,
    isActive: isActive.filter,
    age: age.filter,
  },
  sources: { search: searched.source, role: role.source, age: age.source, isActive: isActive.source },
  orders: {
    ID: undefined,
    USERNAME: { column: 'username_key', type: 'text' },
    LAST_NAME: { column: 'last_name_key', type: 'text' },
    CREATED_AT: { column: 'created_at', type: 'instant' },
  },
  roots: {
    me: (scope) => scope.one((row) => sql`${row.column('id')} = ${scope.compilation.viewerId}`),
    user: oneBy({
      id: byId,
      username: (row, value) => sql`${row.column('username_key')} = ${value.map(foldCase).bind('text')}`,
    }),
    users: all,
  },
};
