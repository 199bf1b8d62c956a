import { AsyncLocalStorage } from 'node:async_hooks'
import { createEmitter, type HttpHook, type HttpServerHook, type Measured, type Observable } from '@breakwater/core'
import { Context, type LogContext } from './context/context.ts'
import { createContextSource } from './context/source.ts'
import { watchCrashes } from './crashes.ts'
import { createDestination } from './destination/destination.ts'
import { LOGGER_CHANNEL, type LoggerEvent } from './events.ts'
import { tellHeard } from './heard/tell.ts'
import { describeFailure } from './line/errors.ts'
import { shapeFields } from './line/shape.ts'
import { createValues } from './line/values.ts'
import { type LogWriter, PinoWriter } from './log-writer.ts'
import { createCounts } from './measurements.ts'
import { type LoggerOptions, type LogLevel, resolveOptions } from './options.ts'
import { attachTo } from './pino/attach.ts'
import { findSymbols, type PinoInternals, streamOf } from './pino/internals.ts'
import { createOwnPino } from './pino/own.ts'
import { flushStream, guardStream } from './pino/stream-guard.ts'
import { createRedactor } from './redact/redactor.ts'
import { accessNames, createAccessLine } from './request/access-line.ts'
import { createBursts } from './request/bursts.ts'
import type { EndedRequest } from './request/ended-request.ts'
import { resolveRequestOptions } from './request/options.ts'
import { createRequestEnd, createServerHook, loudnessOf, type RequestLines } from './request/requests.ts'

type Fields = Readonly<Record<string, unknown>>

/** Writes lines that know which request they belong to, and no secrets. */
export interface Logger extends LogWriter, Measured, Observable<LoggerEvent>, AsyncDisposable {
  /** Gives each request its context, and writes a line when it ends. Put it before what refuses requests. */
  readonly hook: HttpHook
  /** Writes what came in that is no HTTP, or too much of it. */
  readonly serverHook: HttpServerHook
  /** What is being worked on: the request, or what `withContext` says. `undefined` outside of both. */
  readonly context: LogContext | undefined
  /**
   * Runs something, with further fields on every line that is written in it and in whatever it starts.
   *
   * @param fields The fields. `requestId` gives work that is no request an id of its own.
   * @param run What to run.
   * @returns What it returns.
   */
  withContext<result>(fields: Readonly<Record<string, unknown>>, run: () => result): result
  /**
   * Writes the line of a request that did not come over HTTP, such as a message on a WebSocket.
   *
   * @param what What was asked for, such as `task:create`. From a bounded set.
   * @param ended What became of it.
   * @param fields Further fields.
   */
  request(what: string, ended: EndedRequest, fields?: Readonly<Record<string, unknown>>): void
  /**
   * Writes that something took long, if it did: as a warning from `requests.slowMs` on, as an error from
   * `requests.verySlowMs` on, else at `debug`.
   *
   * @param operation What, such as `tasks.list`. From a bounded set.
   * @param durationMs How long it took, in milliseconds.
   * @param fields Further fields.
   */
  performance(operation: string, durationMs: number, fields?: Readonly<Record<string, unknown>>): void
  /**
   * Writes that somebody did what looks like an attack, and tells it.
   *
   * @param kind What, such as `session-forged`. From a bounded set.
   * @param fields Further fields.
   */
  security(kind: string, fields?: Readonly<Record<string, unknown>>): void
  /** Writes everything that waits in the destination, on this turn. */
  flush(): void
  /** Stops hearing other packages, and closes the destination if it was made here. Lines written later still get out. */
  close(): Promise<void>
}

/**
 * Creates a logger on pino.
 *
 * Every line is one JSON object on one line, with each field once. Whatever it is given becomes a line: what cannot
 * be read leaves a placeholder. Lines written while a request is worked on have its ids, also in what goes on after
 * its response.
 *
 * @param options Where lines go, and what is on them.
 * @throws {TypeError} If an option is not what it should be.
 * @throws {RangeError} If a number is out of its range.
 * @throws {DestinationError} If standard output is closed, and no `destination` is given.
 *
 * @example
 * ```ts
 * const logger = createLogger({ service: 'tasks' })
 * await app.register(toPlugin({ hooks: [logger.hook] }))
 * logger.info({ taskId }, 'task created')
 * ```
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const resolved = resolveOptions(options)
  const { name, shape, requests, hear, clock } = resolved
  const redactor = createRedactor(resolved.redact)
  const values = createValues(redactor, resolved.limits, shape.stack)
  const storage = new AsyncLocalStorage<Context>()
  const source = createContextSource(resolved.context, resolved.sampleRatio, shape, values)
  const events = createEmitter<LoggerEvent>(LOGGER_CHANNEL, name)
  const counts = createCounts(redactor)

  const own =
    resolved.destination === undefined && resolved.pino === undefined ? createDestination({ clock }) : undefined
  const pino = resolved.pino?.child({}) ?? createOwnPino(resolved, own ?? resolved.destination)
  if (resolved.pino !== undefined && resolved.level !== undefined) pino.level = resolved.level
  const { limits, sampleRatio } = resolved
  // Outside of requests there may be a span all the same.
  const outside = source.activeSpan === undefined ? undefined : new Context(source, undefined)
  // Of a request that has ended: cheaper than to enter its context again.
  let ended: Context | undefined
  const current = (): Context | undefined => ended ?? storage.getStore() ?? outside
  const requestNames = accessNames(shape)
  const direct = attachTo(pino, { values, limits, shape, sampleRatio, requestNames, context: current, ...counts })

  const writer = new PinoWriter(pino)

  // Whoever brings a pino may have hooks that want to see each line.
  const isOurs = resolved.pino === undefined

  /** The line of a request: its level was asked for before. */
  const writeEnd = isOurs
    ? (level: LogLevel, fields: Fields, message: string) => direct.write(level, shapeFields(shape, fields), message)
    : write

  /** A line that this package writes by itself. */
  function write(level: LogLevel, fields: Fields, message: string): void {
    writer[level](shapeFields(shape, fields), message)
  }

  function suspect(kind: string, count: number, windowMs: number, fields: Fields): void {
    const { client } = fields
    write('warn', { event: `security:${kind}`, count, windowMs, ...fields }, `security: ${kind}`)
    events.emit({
      type: 'security:suspected',
      kind,
      count,
      windowMs,
      client: typeof client === 'string' ? client : undefined,
    })
  }

  /** Writes lines of a request that has ended. */
  function inside(context: Context | undefined, run: () => void): void {
    ended = context
    try {
      run()
    } finally {
      ended = undefined
    }
  }

  const { slowMs, verySlowMs, burst } = requests ?? resolveRequestOptions()
  const bursts = createBursts(burst.windowMs, clock)
  const lines: RequestLines = {
    writeAccess: isOurs ? createAccessLine({ shape, values, limits, direct }) : undefined,
    wants: (level, context) =>
      pino.isLevelEnabled(level) && (level !== 'info' || sampleRatio === 1 || context.isSampled),
    write: (level, fields, message, context) => inside(context, () => writeEnd(level, fields, message)),
    suspect: (kind, count, fields, context) => inside(context, () => suspect(kind, count, burst.windowMs, fields)),
  }

  const onEnd = requests === undefined ? undefined : createRequestEnd(requests, bursts, lines, clock)
  const hook: HttpHook = {
    around(exchange, next, slot) {
      const context = new Context(source, exchange)
      exchange.slots[slot] = context
      storage.run(context, next)
    },
    onEnd(exchange, slot) {
      const context = exchange.slots[slot] as Context | undefined
      try {
        // One that was refused before it got here has a context all the same: its line has an id.
        onEnd?.(exchange, context ?? new Context(source, exchange))
      } finally {
        context?.end()
      }
    },
  }

  const stops: (() => void)[] = []
  if (hear !== undefined) {
    // What crashed is written where it is seen.
    const levels = resolved.crashes ? new Map([['process:crashed', false] as const, ...hear.levels]) : hear.levels
    const tell = { channels: hear.channels, levels }
    stops.push(tellHeard(tell, shape, (level, fields, message) => writer[level](fields, message)))
  }
  if (resolved.crashes)
    stops.push(
      watchCrashes((error, origin) => {
        write('fatal', { event: 'crash', origin, [shape.error]: error }, `crashed: ${describeFailure(error)}`)
      }),
    )

  const stream = streamOf(pino, findSymbols(pino))
  // Those of ours guard themselves.
  if (!('kind' in stream)) stops.push(guardStream(stream))
  const flush = (): void => flushStream(stream)
  let closing: Promise<void> | undefined
  async function close(): Promise<void> {
    flush()
    for (const stop of stops) stop()
    await own?.close()
  }

  return {
    kind: 'logger',
    name,
    pino,
    get level() {
      return writer.level
    },
    set level(level) {
      writer.level = level
    },
    get context() {
      return storage.getStore()
    },
    trace: writer.trace.bind(writer),
    debug: writer.debug.bind(writer),
    info: writer.info.bind(writer),
    warn: writer.warn.bind(writer),
    error: writer.error.bind(writer),
    fatal: writer.fatal.bind(writer),
    isLevelEnabled: (level) => writer.isLevelEnabled(level),
    child: (fields) => writer.child(fields),
    hook,
    serverHook: requests === undefined ? {} : createServerHook(bursts, lines),
    subscribe: events.subscribe,
    withContext: (fields, run) => storage.run(new Context(source, undefined, storage.getStore(), fields), run),
    request(what, ended, fields = {}) {
      const slow = ended.durationMs >= slowMs || undefined
      const level = loudnessOf(ended, { slowMs, verySlowMs })
      write(level, { event: 'request', operation: what, ...ended, slow, ...fields }, `request ${ended.outcome}`)
    },
    performance(operation, durationMs, fields = {}) {
      const level = durationMs >= verySlowMs ? 'error' : durationMs >= slowMs ? 'warn' : 'debug'
      write(level, { event: 'performance', operation, durationMs, ...fields }, `${operation} took ${durationMs} ms`)
    },
    security: (kind, fields = {}) => suspect(kind, 1, 0, fields),
    measure: () => [...counts.measure((pino as PinoInternals).levels.labels), ...(own?.measure() ?? [])],
    flush,
    close: () => (closing ??= close()),
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }
}
