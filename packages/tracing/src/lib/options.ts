import { type Clock, callable, type HttpExchange, nonEmptyString, oneOf, systemClock } from '@breakwater/core'
import type { Attributes, TracerProvider } from '@opentelemetry/api'
import { type OperationOptions, type ResolvedOperation, resolveOperations } from './operations/options.ts'

/** Options of {@link createTracing}. */
export interface TracingOptions {
  /**
   * Name in events and metrics.
   *
   * @defaultValue `tracing`
   */
  readonly name?: string | undefined
  /**
   * Where spans are made.
   *
   * @defaultValue the global one of `@opentelemetry/api`, also if it is registered later
   */
  readonly tracerProvider?: TracerProvider | undefined
  /**
   * What is done with the trace that a request brings. `continue`: its span becomes a child of the caller's, sampled as
   * the caller decided. `link`: it begins a trace of its own that names the caller's, as befits an open door through
   * which anybody could have everything sampled. `ignore`: it begins a trace of its own.
   *
   * @defaultValue `continue`
   */
  readonly parent?: 'continue' | 'link' | 'ignore' | undefined
  /**
   * Which requests get no span, such as those of probes: called at their start. What happens inside them gets none either.
   *
   * @defaultValue none
   */
  readonly ignore?: ((exchange: HttpExchange) => boolean) | undefined
  /**
   * Further attributes of a request's span, called at its end and only if it is recorded.
   *
   * @defaultValue none
   */
  readonly attributes?: ((exchange: HttpExchange) => Attributes | undefined) | undefined
  /**
   * Where clients find this service, such as `https://api.example.com`: `url.scheme`, `server.address` and `server.port`.
   *
   * @defaultValue what the request says in `host` and `x-forwarded-proto`
   */
  readonly origin?: string | undefined
  /**
   * What the packages do inside of requests, by channel: what spans of it are called and say, or `false` for no spans.
   * Operations of your own are added under the name that `createOperation` has.
   *
   * @defaultValue cache loads and policies
   */
  readonly operations?: Readonly<Record<string, OperationOptions | false>> | undefined
  /**
   * Whether spans of operations and of `trace` have what was thrown as an event, with its message and stack. Messages
   * may hold what nobody should read.
   *
   * @defaultValue `true`
   */
  readonly recordsExceptions?: boolean | undefined
  /**
   * Where time comes from. Spans have OpenTelemetry's; this one says how long ago a request came in.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** Where a service is found. */
export interface Origin {
  readonly scheme: 'http' | 'https'
  readonly address: string
  readonly port: number
}

/** {@link TracingOptions} with every default in place. */
export interface ResolvedOptions {
  readonly name: string
  readonly tracerProvider: TracerProvider | undefined
  readonly parent: 'continue' | 'link' | 'ignore'
  readonly ignore: ((exchange: HttpExchange) => boolean) | undefined
  readonly attributes: ((exchange: HttpExchange) => Attributes | undefined) | undefined
  readonly origin: Origin | undefined
  readonly operations: readonly ResolvedOperation[]
  readonly recordsExceptions: boolean
  readonly clock: Clock
}

/** @throws {TypeError} If an option is not what it should be. */
export function resolveOptions({
  name = 'tracing',
  tracerProvider,
  parent = 'continue',
  ignore,
  attributes,
  origin,
  operations = {},
  recordsExceptions = true,
  clock = systemClock,
}: TracingOptions): ResolvedOptions {
  if (tracerProvider !== undefined) callable('tracerProvider.getTracer', tracerProvider?.getTracer)
  return {
    name: nonEmptyString('name', name),
    tracerProvider,
    parent: oneOf('parent', parent, ['continue', 'link', 'ignore']),
    ignore: ignore === undefined ? undefined : callable('ignore', ignore),
    attributes: attributes === undefined ? undefined : callable('attributes', attributes),
    origin: origin === undefined ? undefined : toOrigin(origin),
    operations: resolveOperations(operations),
    recordsExceptions: recordsExceptions === true,
    clock,
  }
}

function toOrigin(text: string): Origin {
  const { protocol, hostname, port } = parse(nonEmptyString('origin', text))
  if (hostname === '' || (protocol !== 'http:' && protocol !== 'https:')) throw wrongOrigin(text)
  const scheme = protocol === 'https:' ? 'https' : 'http'
  return { scheme, address: hostname, port: port === '' ? DEFAULT_PORTS[scheme] : Number(port) }
}

function parse(text: string): URL {
  try {
    return new URL(text)
  } catch {
    throw wrongOrigin(text)
  }
}

function wrongOrigin(text: string): TypeError {
  return new TypeError(
    `Expected \`origin\` to be a URL such as https://api.example.com, got ${JSON.stringify(text.slice(0, 60))}`,
  )
}

/** What a URL without a port means. */
export const DEFAULT_PORTS: Readonly<Record<Origin['scheme'], number>> = { http: 80, https: 443 }
