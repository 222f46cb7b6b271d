import { ForbiddenError, UnauthenticatedError } from './errors.js';
import { Role } from './user/user.entity.js';

/** Whom a root field is for. What of it they see is each noun's `visible`; whose profile they edit, user.writes.ts. */
type Access = 'anyone' | 'signed in' | readonly Role[];

const STAFF = [Role.CASHIER, Role.ADMIN] as const;
const ADMINS = [Role.ADMIN] as const;

/** The one place that says who may use which root field. A field without a line here keeps the service from starting. */
const ACCESS: Readonly<Record<string, Access>> = {
  'Query.product': 'anyone',
  'Query.products': 'anyone',
  'Query.category': 'anyone',
  'Query.categories': 'anyone',
  'Query.categoryTree': 'anyone',
  'Query.tag': 'anyone',
  'Query.tags': 'anyone',
  'Query.me': 'anyone',
  'Query.user': 'signed in',
  'Query.users': ADMINS,
  'Query.sessions': 'signed in',
  'Query.events': ADMINS,
  'Mutation.createCategory': ADMINS,
  'Mutation.updateCategory': ADMINS,
  'Mutation.deleteCategory': ADMINS,
  'Mutation.createTag': ADMINS,
  'Mutation.updateTag': ADMINS,
  'Mutation.deleteTag': ADMINS,
  'Mutation.createProduct': ADMINS,
  'Mutation.updateProduct': ADMINS,
  'Mutation.deleteProduct': ADMINS,
  'Mutation.adjustStock': STAFF,
  'Mutation.register': 'anyone',
  'Mutation.login': 'anyone',
  'Mutation.refresh': 'anyone',
  'Mutation.logout': 'signed in',
  'Mutation.endSession': 'signed in',
  'Mutation.endAllSessions': 'signed in',
  'Mutation.changePassword': 'signed in',
  'Mutation.createUser': ADMINS,
  'Mutation.updateUser': 'signed in',
  'Mutation.deleteUser': ADMINS,
  'Subscription.productChanged': 'anyone',
  'Subscription.eventAdded': ADMINS,
};

/** The fields that have a rule, as `Query.products`. */
export const fieldsWithAccess: readonly string[] = Object.keys(ACCESS);

/** Whom a root field is for, in words: "anyone", "signed in", "CASHIER or ADMIN". */
export function whoMay(field: string): string {
  const access = accessOf(field);
  return typeof access === 'string' ? access : access.join(' or ');
}

/** What stops a role from using a root field. */
export type AccessCheck = (role: Role | undefined) => void;

/**
 * The check of a root field.
 * @throws Error for a field that no rule names; the check itself UnauthenticatedError or ForbiddenError
 */
export function accessCheckOf(field: string): AccessCheck {
  const access = accessOf(field);
  if (access === 'anyone') return () => undefined;
  return (role) => {
    if (!role) throw new UnauthenticatedError();
    if (access !== 'signed in' && !access.includes(role))
      throw new ForbiddenError(`Only ${whoMay(field)} may do this.`);
  };
}

function accessOf(field: string): Access {
  const access = ACCESS[field];
  if (access === undefined) throw new Error(`Say in access.ts whom ${field} is for.`);
  return access;
}
