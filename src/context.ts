import type { EntityManager } from '@mikro-orm/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Logger } from 'pino';
import { accessCheckOf } from './access.js';
import type { Author } from './database/author.js';
import type { Database } from './database/database.js';
import type { ForeseenWrite } from './database/foreseen-writes.js';
import type { Bindings } from './database/param.js';
import { type Proof, Unproven } from './database/proof.js';
import type { BoundStatement, RootInfo, Statements } from './database/statements.js';
import { assertTimeLeft, type Deadline } from './database/time-limit.js';
import { type AnsweredWork, answeredUnitOfWork, unitOfWork } from './database/unit-of-work.js';
import { UnauthenticatedError } from './errors.js';
import type { EventFeed, FollowedEvents, Told } from './event/event-feed.js';
import type { JournalEvent } from './event/event-journal.js';
import { type AnswerKeeping, RepeatableRequest } from './idempotency/repeatable-request.js';
import { JsonText } from './json-text.js';
import type { KnownFailure } from './known-operations.js';
import type { Authentication } from './session/authentication.js';
import type { OpenSession } from './session/session.writes.js';
import { writeRefreshToken } from './session/tokens.js';
import type { Entry } from './shared/entry.js';
import type { Id } from './shared/id.js';
import { type Viewer, viewerWith } from './viewer.js';

/** What the process gives each request. */
export interface Service {
  readonly database: Database;
  readonly statements: Statements;
  readonly auth: Authentication;
  readonly keeping: AnswerKeeping;
  readonly feed: EventFeed;
  /** How long what is told of an event may take. */
  readonly operationTimeoutMs: number;
}

/** What is known of a request by itself. */
export interface Request {
  readonly viewer: Viewer;
  /** What the viewer rests on, where no look at the database has told it yet. */
  readonly proof?: Proof;
  /** What its mutation has failed with already: it is not done, but told. */
  readonly failure?: KnownFailure;
  /** Whether entries are handed out as {@link JsonText}. */
  readonly takesTexts?: boolean;
  /** By which the client, the log and whatever the request leads to speak of it. */
  readonly requestId: string;
  /** A log of the request's own, for the few that have something to say. */
  openLog(requestId: string): Logger;
  /** The client's IP address. */
  readonly address: string;
  readonly userAgent: string | undefined;
  /** When it has to be answered; undefined for what lasts, as a subscription. */
  readonly deadline?: Deadline;
  /** By which the client may send it again; undefined where it has none. */
  readonly idempotencyKey: string | undefined;
  /** The last event that a client which connects again has had, in place of `after`. */
  readonly lastEventId?: string | undefined;
}

/** What one request owns. */
export class Context {
  readonly viewer: Viewer;
  readonly requestId: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  /** undefined for a request without an Idempotency-Key. */
  readonly repeatable: RepeatableRequest | undefined;
  /** The event that its subscription told of last. */
  lastEventId: string | undefined;
  private ownLog: Logger | undefined;

  constructor(
    private readonly service: Service,
    private readonly request: Request,
  ) {
    this.viewer = request.viewer;
    this.requestId = request.requestId;
    this.address = request.address;
    this.userAgent = request.userAgent;
    const { idempotencyKey: key } = request;
    this.repeatable =
      key === undefined ? undefined : new RepeatableRequest(service.keeping, key, request.viewer.userId);
  }

  get log(): Logger {
    return (this.ownLog ??= this.request.openLog(this.requestId));
  }

  get auth(): Authentication {
    return this.service.auth;
  }

  /** The keys of the viewer, who has a session. @throws UnauthenticatedError */
  signedIn(): { userId: Id; sessionId: Id } {
    const { userId, sessionId } = this.viewer;
    if (userId === undefined || sessionId === undefined) throw new UnauthenticatedError();
    return { userId, sessionId };
  }

  /** Answers a field of Query by the one statement that reads what is selected of it. */
  async read(info: RootInfo): Promise<unknown> {
    return JSON.parse(await this.readText(info)) as unknown;
  }

  /** The same as JSON text. */
  readText(info: RootInfo): Promise<string> {
    const { database, statements } = this.service;
    const { proof, deadline } = this.request;
    // Who is signed in sees what they have just written, and nobody whose session has ended sees anything more.
    const mayLag = this.viewer.userId === undefined;
    return database.answer(statements.bindQuery(info, this.viewer), proof, deadline, mayLag);
  }

  /**
   * Answers a field of Subscription for each of the events that the viewer may hear of. Whether the session is open and
   * the role as it was is proved by the statement that reads the answer.
   */
  async follow(info: RootInfo & { fieldName: string }, events: FollowedEvents): Promise<AsyncIterable<Told>> {
    const { database, statements, auth, feed, operationTimeoutMs } = this.service;
    let { viewer } = this;
    const read = async ({ id }: JournalEvent) => {
      const bound = statements.bindEvent(info, viewer, id);
      const proof = auth.proofOf(viewer);
      const answer = () => database.answer(bound, proof, performance.now() + operationTimeoutMs);
      const text = await (proof ? answer() : feed.reads.share(bound, answer));
      this.lastEventId = String(id);
      return JSON.parse(text) as unknown;
    };
    const after = this.request.lastEventId ?? events.after;
    return feed.follow({ ...events, after }, async (event) => {
      try {
        return await read(event);
      } catch (error) {
        if (!(error instanceof Unproven)) throw error;
      }
      viewer = await auth.renew(viewer);
      accessCheckOf(`${info.parentType.name}.${info.fieldName}`)(viewer.role);
      return read(event);
    });
  }

  /** An EntityManager to look something up with before a transaction begins. */
  fork(): EntityManager {
    return this.service.database.fork();
  }

  /** Runs a use case as a unit of work in a transaction of its own. */
  async transaction<T>(useCase: (em: EntityManager) => Promise<T>, author: Partial<Author> = {}): Promise<T> {
    assertTimeLeft(this.request.deadline);
    const { repeatable } = this;
    const work = repeatable ? (em: EntityManager) => repeatable.within(em, () => useCase(em)) : useCase;
    return unitOfWork(this.service.database, work, { ...this.author, ...author });
  }

  /** As whom it changes what it changes. */
  private get author(): Author {
    return { actorId: this.viewer.userId, source: 'API', requestId: this.requestId };
  }

  /**
   * The same for a use case that makes or changes an entry: what is selected of it is read in the transaction.
   * Another mutation of the same operation has nothing to do with it: each commits or fails alone.
   * @param foresee the same as one write, where the use case has nothing to look up first
   */
  write(
    info: RootInfo,
    useCase: (em: EntityManager) => Promise<Pick<Entry, 'id'>>,
    foresee?: (em: EntityManager) => ForeseenWrite | undefined,
  ): Promise<unknown> {
    const foreseen = foresee && !this.repeatable ? this.foreseen(info, foresee) : undefined;
    return this.answerWork({ change: useCase, answer: ({ id }) => this.bindEntry(info, id), foreseen });
  }

  private foreseen(info: RootInfo, foresee: (em: EntityManager) => ForeseenWrite | undefined) {
    const write = foresee(this.service.database.orm.em);
    return write && { write, answer: (id: Id | null) => this.bindEntry(info, id) };
  }

  /** The same for a use case that deletes: the answer is the entry as it was last. */
  erase<T extends Entry>(
    info: RootInfo,
    find: (em: EntityManager) => Promise<T>,
    erase: (em: EntityManager, entry: T) => Promise<void>,
  ): Promise<unknown> {
    return this.answerWork({
      change: async (em) => {
        const entry = await find(em);
        const answer = await this.service.database.answerWithin(em, this.bindEntry(info, entry.id));
        await erase(em, entry);
        return answer;
      },
      answer: (text) => text,
    });
  }

  /** The same for a use case that signs in: the answer is the tokens, and the user as the user sees itself. */
  signIn(
    info: GraphQLResolveInfo,
    useCase: (em: EntityManager) => Promise<OpenSession | undefined>,
    author?: Pick<Author, 'isRehash'>,
  ): Promise<unknown> {
    return this.transaction(async (em) => {
      const open = await useCase(em);
      await em.flush();
      if (!open) return undefined;
      const { session, user, refreshToken, issuedAt } = open;
      const access = this.auth.tokens.sign({ userId: user.id, sessionId: session.id }, issuedAt);
      const given = {
        accessToken: access.token,
        accessTokenExpiresAt: access.expiresAt.toISOString(),
        refreshToken: writeRefreshToken(refreshToken),
        refreshTokenExpiresAt: session.expiresAt.toISOString(),
      };
      return this.answerEntry(em, info, user.id, viewerWith(user.role, user.id, session.id), given);
    }, author);
  }

  private async answerWork<T>(work: Omit<AnsweredWork<T>, 'author' | 'proof'>): Promise<unknown> {
    const { proof, failure, takesTexts, deadline } = this.request;
    if (failure) throw failure.error;
    if (this.repeatable) return this.answerRepeatable(work);
    assertTimeLeft(deadline);
    const text = await answeredUnitOfWork(this.service.database, { proof, author: this.author, ...work });
    return takesTexts ? new JsonText(text) : (JSON.parse(text) as unknown);
  }

  /** What is kept of an answer is written before the commit. */
  private answerRepeatable<T>({ change, answer }: Pick<AnsweredWork<T>, 'change' | 'answer'>): Promise<unknown> {
    return this.transaction(async (em) => {
      const changed = await change(em);
      await em.flush();
      const answered = answer(changed);
      const isText = typeof answered === 'string';
      return JSON.parse(isText ? answered : await this.service.database.answerWithin(em, answered)) as unknown;
    });
  }

  private async answerEntry(em: EntityManager, ...entry: Parameters<Context['bindEntry']>): Promise<unknown> {
    return JSON.parse(await this.service.database.answerWithin(em, this.bindEntry(...entry))) as unknown;
  }

  private bindEntry(
    info: RootInfo,
    id: Id | null,
    viewer: Viewer = this.viewer,
    given?: Bindings['given'],
  ): BoundStatement {
    return this.service.statements.bindEntry(info, viewer, id, given);
  }
}
