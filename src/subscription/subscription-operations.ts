import type { IncomingHttpHeaders } from 'node:http';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
  specifiedRules,
  subscribe,
  validate,
} from 'graphql';
import type { Logger } from 'pino';
import { fragmentsOf } from '../compiled-operation.js';
import type { Context } from '../context.js';
import { CatalogError, codeOf, renderError } from '../errors.js';
import type { ClientOfRequest } from '../http.js';
import { HttpError } from '../http-error.js';
import { keepExcess } from '../limits/limits-plugin.js';
import type { OperationLimits } from '../limits/operation-limits.js';
import type { OperationRegistry } from '../operation/operation-registry.js';
import { BoundedMap } from '../shared/bounded-map.js';
import { whileAnswering } from '../telemetry/operation-record.js';
import type { SubscriptionRecord, Transport } from '../telemetry/subscription-record.js';
import type { SubscriptionTelemetry } from '../telemetry/subscription-telemetry.js';
import { renderWrongLiterals } from '../wrong-literals.js';

/** Who subscribes, as the connection says. */
export interface Subscriber extends Pick<ClientOfRequest, 'requestId' | 'authorization' | 'address' | 'userAgent'> {
  /** The last event that a client which connects again has had. */
  readonly lastEventId?: string | undefined;
  readonly transport: Transport;
  /** Of the request that asks for it, or that has opened its connection. */
  readonly headers: IncomingHttpHeaders;
}

interface Settings {
  readonly schema: GraphQLSchema;
  readonly registry: OperationRegistry;
  readonly limits: OperationLimits;
  /** Whether errors suggest names of the schema. */
  readonly suggestions: boolean;
  readonly log: Logger;
  readonly telemetry: SubscriptionTelemetry;
  createContext(client: ClientOfRequest): Promise<Context>;
}

/** Documents that are kept, and the longest text of one. */
const MOST_KEPT = 256;
const LONGEST_KEPT = 10_000;

/** What graphql's `subscribe` takes. */
export type PreparedSubscription = ExecutionArgs & { contextValue: Context };

/** The operation of a request's body, as far as it is one. */
interface OperationText {
  readonly query?: unknown;
  readonly operationName?: string | null;
  readonly variables?: Record<string, unknown> | null;
}

/** Makes subscriptions of what clients send, by the rules of every other operation; the transports share it. */
export class SubscriptionOperations {
  /** Many subscribers send the same text: its statements are kept with the document. */
  private readonly valid = new BoundedMap<string, DocumentNode>(MOST_KEPT);
  private readonly records = new WeakMap<Context, SubscriptionRecord>();

  constructor(private readonly settings: Settings) {}

  /** @returns what to run, or why it is not */
  async prepare(body: unknown, subscriber: Subscriber): Promise<PreparedSubscription | readonly GraphQLError[]> {
    const { telemetry } = this.settings;
    const record = telemetry.ask(subscriber.requestId, subscriber.transport, subscriber.headers);
    const prepared = await whileAnswering(record, () => this.prepareAs(record, body, subscriber));
    if (isRefusal(prepared)) telemetry.refuse(record, prepared);
    else this.records.set(prepared.contextValue, record);
    return prepared;
  }

  /** Runs what was prepared, in place of graphql's `subscribe`. */
  readonly subscribe = async (args: ExecutionArgs): Promise<AsyncGenerator<ExecutionResult> | ExecutionResult> => {
    const record = this.records.get(args.contextValue as Context);
    if (!record) throw new Error('Nothing is run that was not prepared.');
    const { telemetry } = this.settings;
    const answers = await whileAnswering(record, () => subscribe(args));
    if (Symbol.asyncIterator in answers) return telemetry.begin(record, answers);
    telemetry.refuse(record, answers.errors);
    return answers;
  };

  /** The connection of a request is closed, because its client takes nothing. */
  drop({ requestId, transport }: Pick<Subscriber, 'requestId' | 'transport'>): void {
    this.settings.telemetry.drop(requestId, transport);
  }

  private async prepareAs(
    record: SubscriptionRecord,
    body: unknown,
    subscriber: Subscriber,
  ): Promise<PreparedSubscription | readonly GraphQLError[]> {
    try {
      const { query, operationName, variables } = (await this.settings.registry.resolve(body)) as OperationText;
      const { schema } = this.settings;
      const text = typeof query === 'string' ? query : '';
      const document = this.valid.get(text) ?? this.read(text);
      const errors = this.valid.has(text) ? [] : this.faultsOf(document);
      if (errors.length > 0) return errors;
      if (text.length <= LONGEST_KEPT) this.valid.set(text, document);
      record.name = this.assertSubscription(document, operationName, variables ?? {}).name?.value;
      record.type = 'subscription';
      const client = { ...subscriber, idempotencyKey: undefined, deadline: undefined };
      const contextValue = await this.settings.createContext(client);
      return { schema, document, operationName, variableValues: variables, contextValue };
    } catch (error) {
      return [toGraphQLError(error)];
    }
  }

  /** An error as a client reads it. */
  render(error: GraphQLError, requestId: string): GraphQLFormattedError {
    const formatted = error.toJSON();
    const code = codeOf(error);
    const rendered = renderError({ ...formatted, extensions: { ...formatted.extensions, code } }, error, (unexpected) =>
      this.settings.log.error({ err: unexpected, requestId }, 'unexpected error'),
    );
    return { ...rendered, extensions: { ...rendered.extensions, requestId } };
  }

  private read(query: string): DocumentNode {
    try {
      return parse(query, { maxTokens: this.settings.limits.limits.tokens });
    } catch (error) {
      throw asCode(error, 'GRAPHQL_PARSE_FAILED');
    }
  }

  private faultsOf(document: DocumentNode): readonly GraphQLError[] {
    const { schema, limits, suggestions } = this.settings;
    const errors = [...validate(schema, document, [limits.rule, ...specifiedRules], { hideSuggestions: !suggestions })];
    keepExcess(errors);
    renderWrongLiterals(document, errors);
    return errors.map((error) => (error instanceof CatalogError ? error : asCode(error, 'GRAPHQL_VALIDATION_FAILED')));
  }

  /** @returns the operation. @throws GraphQLError for another kind of one; QueryTooComplexError */
  private assertSubscription(
    document: DocumentNode,
    operationName: string | null | undefined,
    variables: Record<string, unknown>,
  ): OperationDefinitionNode {
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) {
      const message = 'Nothing but one subscription is answered here: send queries and mutations by HTTP, for JSON.';
      throw new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
    }
    this.settings.limits.assertOperation(operation, fragmentsOf(document), variables);
    return operation;
  }
}

/** Whether it is why a subscription is not run. */
export const isRefusal = (
  prepared: PreparedSubscription | readonly GraphQLError[],
): prepared is readonly GraphQLError[] => Array.isArray(prepared);

function asCode(error: unknown, code: string): GraphQLError {
  if (!(error instanceof GraphQLError)) throw error;
  const { message, nodes, source, positions, originalError } = error;
  return new GraphQLError(message, { nodes, source, positions, originalError, extensions: { code } });
}

/** An error in the form in which a subscription is refused. */
export function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  if (error instanceof HttpError)
    return new GraphQLError(error.message, { extensions: { ...error.extensions, code: error.code } });
  return new GraphQLError('Internal server error', { originalError: error as Error });
}
