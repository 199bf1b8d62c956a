/**
 * The words every package here shares: clock, events, errors, policies and HTTP exchanges.
 *
 * @module
 */
export {
  callable,
  milliseconds,
  nonEmptyString,
  nonNegativeInteger,
  oneOf,
  positiveInteger,
  positiveMilliseconds,
  positiveNumber,
  ratio,
} from './lib/check.ts'
export { type Clock, type SleepOptions, systemClock } from './lib/clock.ts'
export { hasCode, OperationalError, RefusalError } from './lib/errors.ts'
export {
  type ChannelMessage,
  createEmitter,
  createOperation,
  type Emitter,
  type FailureEvent,
  type Observable,
  type Operation,
  type OperationMessage,
} from './lib/events.ts'
export { createExchange, type ExchangeSource } from './lib/exchange.ts'
export {
  attach,
  CORE_CHANNEL,
  createHookRunner,
  type HookRunner,
  type HttpHookEvent,
  type HttpServer,
} from './lib/hooks.ts'
export type {
  HttpEndpoint,
  HttpExchange,
  HttpHook,
  HttpOutcome,
  HttpReply,
  HttpServerHook,
  NodeRequest,
  NodeResponse,
} from './lib/http.ts'
export {
  createHistogram,
  type Histogram,
  type HistogramOptions,
  type HistogramSnapshot,
  type Measured,
  type Measurement,
} from './lib/measure.ts'
export type { Policy, PolicyCallOptions, PolicyContext } from './lib/policy.ts'
