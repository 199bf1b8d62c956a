// What @breakwater/logger offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/logger' {
  import type { Clock, HttpExchange, HttpHook, HttpServerHook, Measured, Observable, OperationalError } from '@breakwater/core'

  export interface BurstOptions {
    readonly count?: number | undefined
    readonly windowMs?: number | undefined
  }
  export interface CompressionFailed {
    readonly type: 'compression:failed'
    readonly error: unknown
    readonly path: string
  }
  export interface ContextOptions {
    readonly requestIdHeader?: string | false | undefined
    readonly activeSpan?: (() => SpanIds | undefined) | undefined
  }
  export interface Destination extends Observable<DestinationEvent>, Measured, AsyncDisposable {
    readonly kind: string
    readonly name: string
    write(lines: string): void
    flushSync(): void
    flush(callback?: (error?: Error) => void): void
    reopen(): void
    close(): Promise<void>
  }
  export class DestinationError extends OperationalError {
    readonly name: 'DestinationError'
    readonly code: 'ERR_LOG_DESTINATION'
    readonly path: string
    constructor(path: string, why: string, whatNow: string, options?: ErrorOptions)
  }
  export type DestinationEvent = DestinationFailed | DestinationRecovered | LinesDropped | FileRotated | RotationFailed | CompressionFailed | RetentionFailed
  export interface DestinationFailed {
    readonly type: 'destination:failed'
    readonly error: unknown
    readonly path: string
  }
  export interface DestinationOptions {
    readonly name?: string | undefined
    readonly path?: string | undefined
    readonly fd?: number | undefined
    readonly bufferBytes?: number | undefined
    readonly flushEveryMs?: number | undefined
    readonly maxPendingBytes?: number | undefined
    readonly rotate?: RotationOptions | false | undefined
    readonly mode?: number | undefined
    readonly droppedLine?: ((lines: number) => string) | undefined
    readonly clock?: Clock | undefined
  }
  export interface DestinationRecovered {
    readonly type: 'destination:recovered'
    readonly path: string
    readonly afterMs: number
  }
  export interface Detector {
    readonly name: string
    readonly pattern: RegExp
    readonly replacement?: string | undefined
  }
  export interface EndedRequest {
    readonly outcome: 'finished' | 'aborted' | 'failed'
    readonly durationMs: number
    readonly status?: number | undefined
  }
  export interface FileRotated {
    readonly type: 'file:rotated'
    readonly path: string
    readonly bytes: number
  }
  export interface HearOptions {
    readonly channels?: readonly string[] | undefined
    readonly levels?: Readonly<Record<string, HeardLevel>> | undefined
  }
  export type HeardLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | false
  export const LOGGER_CHANNEL = "breakwater:logger"
  export interface LineLimits {
    readonly maxDepth?: number | undefined
    readonly maxEntries?: number | undefined
    readonly maxTextLength?: number | undefined
    readonly maxLineLength?: number | undefined
  }
  export interface LinesDropped {
    readonly type: 'lines:dropped'
    readonly lines: number
    readonly bytes: number
    readonly isOver: boolean
  }
  export interface LogContext {
    readonly requestId: string | undefined
    readonly traceId: string | undefined
    readonly spanId: string | undefined
  }
  export interface LogFunction {
    (fields: unknown, message?: string, ...values: unknown[]): void
    (message: string, ...values: unknown[]): void
  }
  export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  export interface LogWriter {
    level: LogLevel | 'silent'
    readonly pino: PinoLogger
    readonly trace: LogFunction
    readonly debug: LogFunction
    readonly info: LogFunction
    readonly warn: LogFunction
    readonly error: LogFunction
    readonly fatal: LogFunction
    isLevelEnabled(level: LogLevel): boolean
    child(fields: Readonly<Record<string, unknown>>): LogWriter
  }
  export interface Logger extends LogWriter, Measured, Observable<LoggerEvent>, AsyncDisposable {
    readonly hook: HttpHook
    readonly serverHook: HttpServerHook
    readonly context: LogContext | undefined
    withContext<result>(fields: Readonly<Record<string, unknown>>, run: () => result): result
    request(what: string, ended: EndedRequest, fields?: Readonly<Record<string, unknown>>): void
    performance(operation: string, durationMs: number, fields?: Readonly<Record<string, unknown>>): void
    security(kind: string, fields?: Readonly<Record<string, unknown>>): void
    flush(): void
    close(): Promise<void>
  }
  export type LoggerEvent = SecuritySuspected
  export interface LoggerOptions {
    readonly name?: string | undefined
    readonly service?: string | undefined
    readonly env?: string | undefined
    readonly level?: LogLevel | 'silent' | undefined
    readonly destination?: PinoStream | undefined
    readonly pino?: PinoLogger | undefined
    readonly shape?: ShapeName | undefined
    readonly redact?: RedactOptions | undefined
    readonly context?: ContextOptions | undefined
    readonly requests?: RequestOptions | false | undefined
    readonly hear?: HearOptions | false | undefined
    readonly sampleRatio?: number | undefined
    readonly crashes?: boolean | undefined
    readonly limits?: LineLimits | undefined
    readonly clock?: Clock | undefined
  }
  export interface PinoLogger {
    level: string
    readonly trace: LogFunction
    readonly debug: LogFunction
    readonly info: LogFunction
    readonly warn: LogFunction
    readonly error: LogFunction
    readonly fatal: LogFunction
    readonly silent: LogFunction
    isLevelEnabled(level: string): boolean
    child(bindings: Record<string, unknown>, options?: any): PinoLogger
  }
  export interface PinoStream {
    write(line: string): unknown
    flushSync?(): void
  }
  export interface RedactOptions {
    readonly secretNames?: readonly string[] | undefined
    readonly plainNames?: readonly string[] | undefined
    readonly detectors?: readonly Detector[] | undefined
  }
  export interface RequestOptions {
    readonly slowMs?: number | undefined
    readonly verySlowMs?: number | undefined
    readonly ignore?: ((exchange: HttpExchange) => boolean) | undefined
    readonly client?: ((exchange: HttpExchange) => string | undefined) | undefined
    readonly burst?: BurstOptions | undefined
  }
  export interface RetentionFailed {
    readonly type: 'retention:failed'
    readonly error: unknown
    readonly path: string
  }
  export interface RotationFailed {
    readonly type: 'rotation:failed'
    readonly error: unknown
    readonly path: string
  }
  export interface RotationOptions {
    readonly maxBytes?: number | undefined
    readonly everyMs?: number | undefined
    readonly keepFiles?: number | undefined
    readonly keepForMs?: number | undefined
    readonly compress?: boolean | undefined
  }
  export interface SecuritySuspected {
    readonly type: 'security:suspected'
    readonly kind: string
    readonly count: number
    readonly windowMs: number
    readonly client: string | undefined
  }
  export type ShapeName = 'breakwater' | 'ecs' | 'loki'
  export interface SpanIds {
    readonly traceId: string
    readonly spanId: string
  }
  export function createDestination(options?: DestinationOptions): Destination
  export function createLogger(options?: LoggerOptions): Logger
  export function isDestinationError(error: unknown): error is DestinationError
  export const providerTokens: Detector
}

declare module '@breakwater/logger/reader' {
  import type { Clock, OperationalError } from '@breakwater/core'
  import type { LogLevel } from '@breakwater/logger'

  export interface CountOptions extends ReadOptions {
    readonly everyMs?: number | undefined
    readonly by?: string | undefined
  }
  export type FieldValue = string | number | boolean | null
  export interface LogCounts extends ReadSummary {
    readonly everyMs: number
    readonly intervals: readonly LogInterval[]
    readonly total: number
  }
  export interface LogInterval {
    readonly at: number
    readonly count: number
    readonly groups: Readonly<Record<string, number>>
    readonly other: number
  }
  export interface LogLine {
    readonly at: number
    readonly level: string
    readonly message: string
    readonly fields: Readonly<Record<string, unknown>>
  }
  export interface LogPage extends ReadSummary {
    readonly lines: readonly LogLine[]
    readonly cursor: string | undefined
    readonly complete: boolean
  }
  export interface LogQuery {
    readonly from?: Date | number | undefined
    readonly to?: Date | number | undefined
    readonly level?: LogLevel | undefined
    readonly text?: string | undefined
    readonly fields?: Readonly<Record<string, FieldValue>> | undefined
  }
  export interface LogReader {
    search(query?: LogQuery, options?: SearchOptions): Promise<LogPage>
    read(query?: LogQuery, options?: ReadOptions): LogStream<LogLine>
    count(query?: LogQuery, options?: CountOptions): Promise<LogCounts>
    export(query?: LogQuery, options?: ReadOptions): LogStream<Uint8Array>
    tail(query?: LogQuery, options?: ReadOptions): LogStream<LogLine>
  }
  export class LogReaderError extends OperationalError {
    readonly name: 'LogReaderError'
    readonly code: 'ERR_LOG_READER'
    readonly path: string
    constructor(path: string, why: string, options?: ErrorOptions)
  }
  export interface LogReaderOptions {
    readonly path: string
    readonly maxLineBytes?: number | undefined
    readonly clock?: Clock | undefined
  }
  export interface LogStream<item> extends AsyncIterable<item> {
    readonly summary: ReadSummary
  }
  export interface ReadOptions {
    readonly signal?: AbortSignal | undefined
  }
  export interface ReadSummary {
    readonly scanned: number
    readonly skipped: number
    readonly notes: readonly string[]
  }
  export interface SearchOptions extends ReadOptions {
    readonly limit?: number | undefined
    readonly order?: 'oldest' | 'newest' | undefined
    readonly cursor?: string | undefined
  }
  export function createLogReader(options: LogReaderOptions): LogReader
  export function isLogReaderError(error: unknown): error is LogReaderError
}
