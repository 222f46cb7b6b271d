import type { IncomingHttpHeaders } from 'node:http';
import { answerOf } from './compiled-answers.js';
import type { CompiledQuery, RawVariables } from './compiled-query.js';
import type { Context } from './context.js';
import { COST_HEADER } from './limits/limits-plugin.js';
import { isJson } from './request-body.js';
import { BoundedMap } from './shared/bounded-map.js';
import { currentOperation } from './telemetry/operation-record.js';

/** Texts of queries that are kept, and how long the longest may be: clients can make up any number of them. */
const MOST_QUERIES = 1000;
const LONGEST_QUERY = 20_000;
const MOST_ACCEPTS = 100;

/** What a client may send beside the query for it to be one of these. */
const PARTS = new Set(['query', 'operationName', 'variables']);

/** An answer as it goes out. */
export interface KnownAnswer {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Queries that Apollo has answered once, by their text. Asked again, they are answered past Apollo, whose pipeline would
 * find out the same things another time: that the document is valid, which operation it holds, what the client accepts.
 * All that is left of it is what depends on the request: the variables, the access rules, the statements, and the viewer,
 * who is taken for who it was the last time: the statement proves it, and has no answer where that has changed.
 *
 * Only success comes from here. Whatever is out of the ordinary takes Apollo's pipeline, from its beginning: no known
 * text, another content type, wrong variables, any error. So there is one place that knows how to refuse.
 */
export class KnownQueries {
  /** @param isAllowed whether a run is within the limits, which may depend on its variables */
  constructor(private readonly isAllowed: (query: CompiledQuery, variables: RawVariables) => boolean) {}

  private readonly queries = new BoundedMap<string, Map<string, CompiledQuery>>(MOST_QUERIES);
  private readonly contentTypes = new BoundedMap<string, string>(MOST_ACCEPTS);

  /** Notes a query that an answer has just come from. */
  learnQuery(source: string, operationName: string | null | undefined, query: CompiledQuery): void {
    if (source.length > LONGEST_QUERY) return;
    const byName = this.queries.get(source);
    if (byName) byName.set(operationName ?? '', query);
    else this.queries.set(source, new Map([[operationName ?? '', query]]));
  }

  /** Notes what Apollo answers who sends such an Accept header. */
  learnAccept(accept: string | undefined, contentType: string): void {
    this.contentTypes.set(accept ?? '', contentType);
  }

  /** The answer to a POST request, or undefined where Apollo is to answer. */
  async answer(
    headers: IncomingHttpHeaders,
    body: unknown,
    recallContext: () => Context | undefined,
  ): Promise<KnownAnswer | undefined> {
    const contentType = isJson(headers['content-type']) && this.contentTypes.get(headers.accept ?? '');
    const asked = contentType ? this.find(body) : undefined;
    if (!contentType || !asked || headers[COST_HEADER]) return undefined;
    if (!this.isAllowed(asked.query, asked.variables)) return undefined;
    try {
      const context = recallContext();
      if (!context) return undefined;
      noteQuery(asked.query);
      return { contentType, text: answerOf(await asked.query.answer(context, asked.variables)) };
    } catch {
      return undefined;
    }
  }

  private find(body: unknown): { query: CompiledQuery; variables: RawVariables } | undefined {
    if (!isRecord(body)) return undefined;
    for (const part in body) if (!PARTS.has(part)) return undefined;
    const { query: source, operationName, variables } = body;
    if (typeof source !== 'string' || (operationName && typeof operationName !== 'string')) return undefined;
    const query = this.queries.get(source)?.get((operationName as string | null | undefined) ?? '');
    if (!query || (variables !== undefined && variables !== null && !isRecord(variables))) return undefined;
    return { query, variables: variables ?? {} };
  }
}

function noteQuery({ name }: CompiledQuery): void {
  const record = currentOperation();
  if (!record) return;
  record.type = 'query';
  record.name = name;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
