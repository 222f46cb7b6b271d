import { whileAvailable } from '../database/availability.js';
import type { Database } from '../database/database.js';
import { ErrorCode } from '../errors.js';
import { HttpError } from '../http-error.js';
import { listOperations } from './operation.writes.js';
import type { RegisteredOperation } from './registered-operation.entity.js';

/** How long what another process has registered or removed may be unknown here, in milliseconds. */
const FRESH_MS = 2000;
/** How often it is looked for an id that is not known, or for all: clients can make up any number of them. */
const ASKED_AGAIN_MS = 500;

/** What a client sends an id as: by GraphQL over HTTP's appendix, Relay, and Apollo. */
const ID_PARTS = ['documentId', 'doc_id', 'id'] as const;

type Body = Record<string, unknown>;

/**
 * Finds the text of an operation that a client asks for by its id, and, where only registered ones are answered, refuses
 * every other. All of them are held in memory, and looked up anew after some seconds: each process learns what another
 * one, or the command line, has changed.
 */
export class OperationRegistry {
  private operations: readonly Pick<RegisteredOperation, 'name' | 'text'>[] = [];
  private texts: ReadonlyMap<string, string> = new Map();
  private known: ReadonlySet<string> = new Set();
  private loadedAt = -Infinity;
  private loading: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    /** Whether nothing but what is registered is answered. */
    private readonly isExclusive: boolean,
  ) {}

  /**
   * The body with the text in it.
   * @throws HttpError for an id, or a text, that is not registered
   */
  async resolve(body: unknown): Promise<unknown> {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
    const given = body as Body;
    const id = idIn(given);
    if (id === undefined) {
      if (this.isExclusive && typeof given.query === 'string') await this.assertKnown(given.query);
      return given;
    }
    const text = await this.find(id.value);
    if (text !== undefined) return withText(given, text);
    // It may be one that Apollo keeps, or is about to be told.
    if (id.isHash && !this.isExclusive) return given;
    throw refusal(this.isExclusive, id.value);
  }

  /** The same for what a GET request has behind the question mark. */
  async resolveSearch(search: string): Promise<string> {
    const params = new URLSearchParams(search);
    const given: Body = Object.fromEntries(params);
    if (given.extensions !== undefined) given.extensions = parsed(given.extensions as string);
    const resolved = (await this.resolve(given)) as Body;
    if (resolved === given) return search;
    for (const part of [...ID_PARTS, 'extensions']) params.delete(part);
    params.set('query', resolved.query as string);
    return `?${params.toString()}`;
  }

  /** All that are registered, by name. */
  async list(): Promise<readonly Pick<RegisteredOperation, 'name' | 'text'>[]> {
    await this.refresh(ASKED_AGAIN_MS);
    return this.operations;
  }

  private async find(id: string): Promise<string | undefined> {
    await this.refresh(FRESH_MS);
    if (!this.texts.has(id)) await this.refresh(ASKED_AGAIN_MS);
    return this.texts.get(id);
  }

  private async assertKnown(text: string): Promise<void> {
    await this.refresh(FRESH_MS);
    if (!this.known.has(text)) await this.refresh(ASKED_AGAIN_MS);
    if (!this.known.has(text)) throw refusal(true);
  }

  private async refresh(maxAgeMs: number): Promise<void> {
    if (performance.now() - this.loadedAt < maxAgeMs) return;
    this.loading ??= this.load().finally(() => (this.loading = undefined));
    await this.loading;
  }

  private async load(): Promise<void> {
    const operations = await whileAvailable(() => listOperations(this.database.fork()));
    this.operations = operations;
    this.texts = new Map(operations.map(({ id, text }) => [id, text]));
    this.known = new Set(this.texts.values());
    this.loadedAt = performance.now();
  }
}

function idIn(body: Body): { value: string; isHash: boolean } | undefined {
  for (const part of ID_PARTS) {
    const value = body[part];
    if (typeof value === 'string') return { value, isHash: false };
  }
  const { persistedQuery } = (body.extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } };
  const hash = persistedQuery?.sha256Hash;
  return typeof hash === 'string' && body.query === undefined ? { value: hash, isHash: true } : undefined;
}

/** The body with the text in place of the id: so it is known the next time, as any other. */
function withText({ variables, operationName }: Body, query: string): Body {
  return {
    query,
    ...(operationName !== undefined && { operationName }),
    ...(variables !== undefined && { variables }),
  };
}

const refusal = (isExclusive: boolean, id?: string) =>
  isExclusive
    ? new HttpError(403, ErrorCode.FORBIDDEN, 'This service answers registered operations only, and this is none.')
    : new HttpError(404, ErrorCode.NOT_FOUND, `Operation ${JSON.stringify(id)} is not registered.`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
