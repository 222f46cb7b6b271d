import type { IncomingHttpHeaders } from 'node:http';
import { answerOf } from './compiled-answers.js';
import { type CompiledOperation, NeedsExecution, type RawVariables } from './compiled-operation.js';
import type { Context } from './context.js';
import { Unproven } from './database/proof.js';
import { IDEMPOTENCY_KEY_HEADER } from './idempotency/repeatable-request.js';
import { COST_HEADER } from './limits/limits-plugin.js';
import { isJson } from './request-body.js';
import { BoundedMap } from './shared/bounded-map.js';
import { currentOperation } from './telemetry/operation-record.js';

/** Texts of operations that are kept, and how long the longest may be: clients can make up any number of them. */
const MOST_OPERATIONS = 1000;
const LONGEST_TEXT = 20_000;
const MOST_ACCEPTS = 100;

/** What a client may send beside the text for it to be one of these. */
const PARTS = new Set(['query', 'operationName', 'variables']);

/** An answer as it goes out. */
export interface KnownAnswer {
  readonly contentType: string;
  readonly text: string;
}

/** What a mutation has failed with: tried a second time it might have been done twice. */
export class KnownFailure {
  constructor(readonly error: unknown) {}
}

/**
 * Operations that Apollo has answered once, by their text. Asked again, they are answered past Apollo, whose pipeline would
 * find out the same things another time: that the document is valid, which operation it holds, what the client accepts.
 * All that is left of it is what depends on the request: the variables, the access rules, the statements, and the viewer,
 * who is taken for who it was the last time: the statement, or the transaction, proves it, and nothing is answered or
 * done where that has changed.
 *
 * Only success comes from here. Whatever is out of the ordinary takes Apollo's pipeline, from its beginning: no known
 * text, another content type, wrong variables, any error. So there is one place that knows how to refuse. A mutation that
 * has failed is not tried again there: the pipeline is told of the error, and how to tell it is all that it does.
 */
export class KnownOperations {
  /** @param isAllowed whether a run is within the limits, which may depend on its variables */
  constructor(private readonly isAllowed: (operation: CompiledOperation, variables: RawVariables) => boolean) {}

  private readonly operations = new BoundedMap<string, Map<string, CompiledOperation>>(MOST_OPERATIONS);
  private readonly contentTypes = new BoundedMap<string, string>(MOST_ACCEPTS);

  has(source: string, operationName: string | null | undefined): boolean {
    return this.operations.get(source)?.has(operationName ?? '') ?? false;
  }

  /** Notes an operation that has just been answered. */
  learn(source: string, operationName: string | null | undefined, operation: CompiledOperation): void {
    if (source.length > LONGEST_TEXT) return;
    const byName = this.operations.get(source);
    if (byName) byName.set(operationName ?? '', operation);
    else this.operations.set(source, new Map([[operationName ?? '', operation]]));
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
  ): Promise<KnownAnswer | KnownFailure | undefined> {
    const contentType = isJson(headers['content-type']) && this.contentTypes.get(headers.accept ?? '');
    const asked = contentType ? this.find(body) : undefined;
    if (!contentType || !asked || headers[COST_HEADER] || headers[IDEMPOTENCY_KEY_HEADER]) return undefined;
    const { operation, variables } = asked;
    if (!this.isAllowed(operation, variables)) return undefined;
    try {
      const context = recallContext();
      if (!context) return undefined;
      note(operation);
      return { contentType, text: answerOf(await operation.answer(context, variables)) };
    } catch (error) {
      return operation.type === 'query' || isAsBefore(error) ? undefined : new KnownFailure(error);
    }
  }

  private find(body: unknown): { operation: CompiledOperation; variables: RawVariables } | undefined {
    if (!isRecord(body)) return undefined;
    for (const part in body) if (!PARTS.has(part)) return undefined;
    const { query: source, operationName, variables } = body;
    if (typeof source !== 'string' || (operationName && typeof operationName !== 'string')) return undefined;
    const operation = this.operations.get(source)?.get((operationName as string | null | undefined) ?? '');
    if (!operation || (variables !== undefined && variables !== null && !isRecord(variables))) return undefined;
    return { operation, variables: variables ?? {} };
  }
}

/** Whether nothing has been done yet. */
const isAsBefore = (error: unknown) => error instanceof NeedsExecution || error instanceof Unproven;

function note({ type, name }: CompiledOperation): void {
  const record = currentOperation();
  if (!record) return;
  record.type = type;
  record.name = name;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
