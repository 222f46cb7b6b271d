import type { ReadingViewer } from './database/param.js';
import type { Id } from './shared/id.js';
import { Role } from './user/user.entity.js';

/** Who asks. */
export interface Viewer extends ReadingViewer {
  /** undefined for who is not signed in. */
  readonly role: Role | undefined;
}

/** The viewer with a role; none is who is not signed in. */
export const viewerWith = (role?: Role, userId?: Id, sessionId?: Id): Viewer => ({
  role,
  isStaff: role === Role.CASHIER || role === Role.ADMIN,
  isAdmin: role === Role.ADMIN,
  userId,
  sessionId,
});

/** Who runs the service: who has the database may do what an admin may. */
export const OPERATOR = viewerWith(Role.ADMIN);
