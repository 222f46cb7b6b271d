import { createHash, timingSafeEqual } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Logger } from 'pino';
import type { Database } from './database/database.js';
import type { Statements } from './database/statements.js';
import { unitOfWork } from './database/unit-of-work.js';
import { UnauthenticatedError } from './errors.js';
import type { Entry } from './shared/entry.js';
import { Role } from './user/user.entity.js';

/** Who asks. */
export interface Viewer {
  readonly role: Role | undefined;
  /** CASHIER or ADMIN: sees what is not active, too. */
  readonly isStaff: boolean;
}

const ANONYMOUS: Viewer = { role: undefined, isStaff: false };
const ADMINISTRATOR: Viewer = { role: Role.ADMIN, isStaff: true };

/** What the process gives each request. */
export interface Service {
  readonly database: Database;
  readonly statements: Statements;
  readonly adminToken: string | undefined;
}

/** What one request owns. */
export class Context {
  constructor(
    private readonly service: Service,
    readonly viewer: Viewer,
    readonly log: Logger,
  ) {}

  /** Answers a field of Query by the one statement that reads what is selected of it. */
  read(info: GraphQLResolveInfo): Promise<unknown> {
    return this.service.database.answer(this.service.statements.bindQuery(info, this.viewer));
  }

  /**
   * Runs a use case as a unit of work in a transaction of its own, and answers what is selected of its entry.
   * Another mutation of the same operation has nothing to do with it: each commits or fails alone.
   */
  write(info: GraphQLResolveInfo, useCase: (em: EntityManager) => Promise<Entry>): Promise<unknown> {
    return unitOfWork(this.service.database, async (em) => {
      const entry = await useCase(em);
      await em.flush();
      return this.answerEntry(em, info, entry);
    });
  }

  /** The same for a use case that deletes: the answer is the entry as it was last. */
  erase<T extends Entry>(
    info: GraphQLResolveInfo,
    find: (em: EntityManager) => Promise<T>,
    erase: (em: EntityManager, entry: T) => Promise<void>,
  ): Promise<unknown> {
    return unitOfWork(this.service.database, async (em) => {
      const entry = await find(em);
      const answer = await this.answerEntry(em, info, entry);
      await erase(em, entry);
      await em.flush();
      return answer;
    });
  }

  private answerEntry(em: EntityManager, info: GraphQLResolveInfo, entry: Entry): Promise<unknown> {
    const { database, statements } = this.service;
    return database.answerWithin(em, statements.bindEntry(info, this.viewer, entry.id));
  }
}

/**
 * Who an `Authorization` header stands for; without one, nobody in particular.
 * @throws UnauthenticatedError for a header that is no token of this service
 */
export function viewerOf(authorization: string | undefined, adminToken: string | undefined): Viewer {
  if (authorization === undefined) return ANONYMOUS;
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
  if (token === undefined || adminToken === undefined || !isSame(token, adminToken)) {
    throw new UnauthenticatedError('The token is not valid here.');
  }
  return ADMINISTRATOR;
}

/** Compares digests, so that the time it takes tells nothing of the secret, its length included. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
