import { sql } from 'kysely';
import type { Dialect } from '../database/dialect.js';
import { column, given, id, instant, type NounReads } from '../database/reads.js';
import { Slot } from '../database/param.js';
import type { SqlText } from '../database/statements.js';

/** The caller's own sessions. */
export const sessionReads: NounReads = {
  type: 'Session',
  table: 'sessions',
  visible: (row, { viewerId }) => sql`${row.column('user_id')} = ${viewerId}`,
  fields: {
    id: id('id'),
    createdAt: instant('created_at'),
    lastUsedAt: instant('last_used_at'),
    expiresAt: instant('expires_at'),
    userAgent: column('user_agent'),
    current: (row, { dialect, compilation }) =>
      dialect.jsonBoolean(sql`${row.column('id')} = ${compilation.viewerSessionId}`),
  },
  filters: {},
  orders: {},
  roots: {
    sessions: (scope) => {
      const now = scope.slot(() => scope.dialect.toDriver(new Date(), 'instant'));
      return scope.list(
        (row) => sql`${row.column('expires_at')} > ${scope.dialect.bind(now, 'instant')}`,
        (row) => [sql`${row.column('created_at')} desc`, sql`${row.column('id')} desc`],
      );
    },
  },
};

/** What signing in answers: the tokens, which no table holds, and the user. */
export const authPayloadReads: NounReads = {
  type: 'AuthPayload',
  fields: {
    accessToken: given('accessToken'),
    accessTokenExpiresAt: given('accessTokenExpiresAt'),
    refreshToken: given('refreshToken'),
    refreshTokenExpiresAt: given('refreshTokenExpiresAt'),
    user: (_row, scope) => scope.entry(),
  },
  filters: {},
  orders: {},
  roots: {},
};

/** Whether a session is open now, of an active user with a role. Binds session, user, time and role. */
export function openSessionProof(dialect: Dialect): SqlText {
  const bind = (type: 'integer' | 'instant' | 'text') => dialect.bind(new Slot(() => undefined), type);
  const { sql: text } = sql`select 1 from sessions as s join users as u on u.id = s.user_id
    where s.id = ${bind('integer')} and u.id = ${bind('integer')} and s.expires_at > ${bind('instant')} and u.is_active and u.role = ${bind('text')}`.compile(
    dialect.kysely,
  );
  return { sql: text };
}

/** Who is behind a session that is open now: `{ id, role }` of an active user. Binds session, user and time. */
export function openSessionStatement(dialect: Dialect): SqlText {
  const bind = (type: 'integer' | 'instant') => dialect.bind(new Slot(() => undefined), type);
  const user = dialect.jsonObject([['role', sql.ref('u.role')]]);
  const { sql: text } = sql`select ${user} as answer from sessions as s join users as u on u.id = s.user_id
    where s.id = ${bind('integer')} and u.id = ${bind('integer')} and s.expires_at > ${bind('instant')} and u.is_active`.compile(
    dialect.kysely,
  );
  return { sql: text };
}
