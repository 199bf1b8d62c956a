/**
 * Structured logs on pino, with the request they belong to.
 *
 * @module
 */
export type { LogContext } from './lib/context/context.ts'
export type { ContextOptions } from './lib/context/options.ts'
export type { SpanIds } from './lib/context/traceparent.ts'
export { createDestination, type Destination } from './lib/destination/destination.ts'
export type {
  CompressionFailed,
  DestinationEvent,
  DestinationFailed,
  DestinationRecovered,
  FileRotated,
  LinesDropped,
  RetentionFailed,
  RotationFailed,
} from './lib/destination/events.ts'
export type { DestinationOptions, RotationOptions } from './lib/destination/options.ts'
export { DestinationError, isDestinationError } from './lib/errors.ts'
export { LOGGER_CHANNEL, type LoggerEvent, type SecuritySuspected } from './lib/events.ts'
export type { HeardLevel } from './lib/heard/levels.ts'
export type { HearOptions } from './lib/heard/options.ts'
export type { LineLimits } from './lib/line/limits.ts'
export type { ShapeName } from './lib/line/shape.ts'
export type { LogWriter } from './lib/log-writer.ts'
export { createLogger, type Logger } from './lib/logger.ts'
export type { LoggerOptions, LogLevel } from './lib/options.ts'
export type { LogFunction, PinoLogger, PinoStream } from './lib/pino/port.ts'
export { providerTokens } from './lib/redact/detectors.ts'
export type { Detector, RedactOptions } from './lib/redact/options.ts'
export type { EndedRequest } from './lib/request/ended-request.ts'
export type { BurstOptions, RequestOptions } from './lib/request/options.ts'
