import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  processDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { TracingConfig } from '../config.js';
import type { OperationRecord } from './operation-record.js';
import { sqlWithoutValues } from './sql-without-values.js';
import type { SubscriptionRecord, Transport } from './subscription-record.js';

const SERVICE_NAME = 'graphql-catalog';

/** How long a stop waits for a collector that takes the last spans. */
const LONGEST_FLUSH_MS = 2000;

const propagator = new W3CTraceContextPropagator();
const headerGetter = {
  keys: (headers: IncomingMessage['headers']) => Object.keys(headers),
  get: (headers: IncomingMessage['headers'], name: string) => headers[name],
};

/**
 * The spans of requests, their operations and statements, sent to a collector by OTLP over HTTP. None holds a value that
 * a client sent.
 * @see https://opentelemetry.io/docs/specs/semconv/ for the names
 */
export class Tracing {
  private readonly provider: TracerProvider;
  private readonly tracer;

  /** @param system what OpenTelemetry calls the database */
  constructor(
    config: TracingConfig,
    private readonly system: 'sqlite' | 'postgresql',
    log: Logger,
  ) {
    setGlobalErrorHandler((error) => log.warn({ err: error, part: 'traces' }, 'Traces were not sent'));
    const detected = detectResources({ detectors: [hostDetector, processDetector, envDetector] });
    this.provider = new TracerProvider({
      resource: defaultResource()
        .merge(resourceFromAttributes({ 'service.name': SERVICE_NAME }))
        .merge(detected),
      sampler: samplerOf(config),
      spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: config.url }) })],
    });
    this.tracer = this.provider.getTracer(SERVICE_NAME);
  }

  /** Begins the span of a request to the API, within the caller's trace where the request names one. */
  startRequest({ method = '', headers, socket }: IncomingMessage, requestId: string): OperationTrace {
    const parent = propagator.extract(ROOT_CONTEXT, headers, headerGetter);
    const attributes: Attributes = {
      'http.request.method': method,
      'http.route': '/graphql',
      'url.path': '/graphql',
      'url.scheme': 'http',
      'client.address': socket.remoteAddress,
      'user_agent.original': headers['user-agent'],
      'http.request.header.x-request-id': [requestId],
    };
    const span = this.tracer.startSpan(`${method} /graphql`, { kind: SpanKind.SERVER, attributes }, parent);
    return new OperationTrace(span, (name, context) => this.tracer.startSpan(name, {}, context), parent);
  }

  /**
   * Begins the span of a subscription, which lasts as long as that: below its request's where it has one of its own, else
   * within the trace that the WebSocket's opening named.
   */
  startSubscription(
    headers: IncomingHttpHeaders,
    requestId: string,
    transport: Transport,
    request?: OperationTrace,
  ): OperationTrace {
    const parent = request?.context ?? propagator.extract(ROOT_CONTEXT, headers, headerGetter);
    const attributes: Attributes = {
      'network.protocol.name': transport,
      'http.request.header.x-request-id': [requestId],
    };
    const span = this.tracer.startSpan('subscription', { kind: SpanKind.SERVER, attributes }, parent);
    return new OperationTrace(span, (name, context) => this.tracer.startSpan(name, {}, context), parent);
  }

  /** Notes a statement that has run within an operation; @param startedAt by `performance.now()` */
  noteStatement({ context }: OperationTrace, sql: string, startedAt: number, isDone: boolean): void {
    const [operation = ''] = /^\s*\w+/.exec(sql) ?? [];
    const name = operation.trim().toUpperCase();
    const attributes = {
      'db.system.name': this.system,
      'db.operation.name': name,
      'db.query.text': sqlWithoutValues(sql),
    };
    const startTime = performance.timeOrigin + startedAt;
    const span = this.tracer.startSpan(name || this.system, { kind: SpanKind.CLIENT, attributes, startTime }, context);
    if (!isDone) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }

  /** Sends what is left. */
  async stop(): Promise<void> {
    const timeout = new Promise((resolve) => setTimeout(resolve, LONGEST_FLUSH_MS).unref());
    await Promise.race([this.provider.shutdown().catch(() => undefined), timeout]);
  }
}

/** The spans of one request to the API. */
export class OperationTrace {
  /** What statements are part of: the operation once it has begun. */
  context: Context;
  private operation: Span | undefined;

  constructor(
    private readonly request: Span,
    private readonly start: (name: string, context: Context) => Span,
    parent: Context,
  ) {
    this.context = trace.setSpan(parent, request);
  }

  get traceId(): string {
    return this.request.spanContext().traceId;
  }

  startOperation(): void {
    this.operation = this.start('GraphQL', this.context);
    this.context = trace.setSpan(this.context, this.operation);
  }

  /** @param statusCode of the answer */
  end({ type, name, codes }: OperationRecord, statusCode: number): void {
    const { request, operation } = this;
    const failure: Attributes = codes?.[0] === undefined ? {} : { 'error.type': codes[0] };
    if (operation) {
      if (type) operation.updateName(type);
      operation.setAttributes({ 'graphql.operation.type': type, 'graphql.operation.name': name, ...failure });
      if (codes) operation.setStatus({ code: SpanStatusCode.ERROR });
      operation.end();
    }
    request.setAttributes({ 'http.response.status_code': statusCode });
    if (statusCode >= 500) request.setAttributes(failure).setStatus({ code: SpanStatusCode.ERROR });
    request.end();
  }

  /** Of a subscription, whose span is that of its request. */
  endSubscription({ type, name, events, codes, outcome }: SubscriptionRecord): void {
    const { request } = this;
    request.setAttributes({
      'graphql.operation.type': type,
      'graphql.operation.name': name,
      'catalog.subscription.events': events,
      'catalog.subscription.outcome': [outcome].flat()[0],
    });
    if (codes) request.setAttributes({ 'error.type': codes[0] }).setStatus({ code: SpanStatusCode.ERROR });
    request.end();
  }
}

/** @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
function samplerOf({ sampler, ratio }: TracingConfig): Sampler {
  const [, base = sampler] = /^parentbased_(.+)$/.exec(sampler) ?? [];
  const root =
    base === 'always_off'
      ? new AlwaysOffSampler()
      : base === 'traceidratio'
        ? new TraceIdRatioBasedSampler(ratio)
        : new AlwaysOnSampler();
  return base === sampler ? root : new ParentBasedSampler({ root });
}
