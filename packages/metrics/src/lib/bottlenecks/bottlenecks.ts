import { type HttpExchange, nonEmptyString, oneOf, positiveInteger } from '@breakwater/core'
import { hearOperations } from './operations.ts'
import { type BottleneckOptions, resolveBottleneckOptions } from './options.ts'
import { QueryNames } from './query-name.ts'
import { type BottleneckQuery, type BottleneckReport, reportKind } from './report.ts'
import { createRouteRecorder } from './routes.ts'
import { SLOTS, type Timing, WINDOWS } from './track.ts'
import { Tracks } from './tracks.ts'

/** The kind of routes. */
const ROUTE = 'route'
/** The kind whose names are SQL. */
const QUERY = 'query'

/** What the views tell of themselves. */
export interface BottleneckListener {
  /**
   * All names are taken. Told once, until there is a place again.
   *
   * @param kind Kind of the name that has none.
   * @param maxNames How many there may be.
   */
  onFull(kind: string, maxNames: number): void
  /**
   * An operation could not be named. The operation itself is not disturbed.
   *
   * @param channel Where it was told.
   * @param error What `nameOf` threw.
   */
  onFault(channel: string, error: unknown): void
}

/** Rolling views of what takes time in this process. */
export interface Bottlenecks {
  /**
   * Counts an exchange that is over, as `route`: its time up to the head of its response, as a slow download is not the
   * server's slowness.
   *
   * @param exchange The exchange.
   * @param timing When it ended, and how long it took up to the head of its response, or to its end if it had none.
   * @param row A small number that is the same only for the same method and route, so that it is found at once; -1 for none.
   */
  recordRoute(exchange: HttpExchange, timing: Timing, row: number): void
  /**
   * Counts something that took time. Some tens of nanoseconds; nothing is thrown.
   *
   * @param kind Which view it belongs to, such as `query` or `dependency`. Of queries the name is the text, values are taken out.
   * @param name What it is. From a bounded set, as the number of names is.
   * @param ms How long it took, in milliseconds. What is no number of at least 0 is ignored.
   * @param isFailure Whether it failed.
   */
  observe(kind: string, name: string, ms: number, isFailure?: boolean): void
  /**
   * What takes the time, and how that changed.
   *
   * @param query Which part, in which order.
   * @throws {TypeError} If the order is none.
   * @throws {RangeError} If the limit is no positive integer.
   */
  report(query?: BottleneckQuery): BottleneckReport
  /** Listens to no more operations. What was counted stays. */
  close(): void
}

/**
 * Creates views of what takes time. There is no timer: time passes when something is counted or read.
 *
 * @param options How far they look back, and what they listen to.
 * @param listener Hears of what goes wrong in them.
 * @throws {TypeError} If an option is of the wrong type.
 * @throws {RangeError} If a number is out of its range.
 */
export function createBottlenecks(options: BottleneckOptions | undefined, listener: BottleneckListener): Bottlenecks {
  const { windowMs, maxNames, channels, clock } = resolveBottleneckOptions(options)
  const slotMs = windowMs / SLOTS
  const startedMs = clock.now()
  const tracks = new Tracks(slotMs, maxNames, (kind) => listener.onFull(kind, maxNames))
  const queries = new QueryNames()

  function record(kind: string, name: string, nowMs: number, ms: number, isFailure: boolean): void {
    tracks.get(kind, kind === QUERY ? queries.nameOf(name) : name, nowMs).record(nowMs, ms, isFailure)
  }
  const stop = hearOperations(channels, clock, record, listener.onFault)

  return {
    recordRoute: createRouteRecorder((name, nowMs) => tracks.get(ROUTE, name, nowMs)),
    observe(kind, name, ms, isFailure = false) {
      record(String(kind), String(name), clock.now(), ms, isFailure)
    },
    report({ by = 'time', limit = 10, kind: only } = {}) {
      oneOf('by', by, ['time', 'p95', 'failures', 'trend'])
      positiveInteger('limit', limit)
      if (only !== undefined) nonEmptyString('kind', only)
      const nowMs = clock.now()
      const madeAt = clock.epoch()
      const time = { nowMs, epochOffsetMs: madeAt - nowMs, startedMs, slotMs }
      const kinds = [...tracks.kinds]
        .filter(([kind]) => only === undefined || kind === only)
        .map(([kind, named]) => reportKind(kind, named.values(), time, by, limit))
        .filter((found) => found !== undefined)
        .sort((a, b) => b.totalMs - a.totalMs)
      return {
        madeAt,
        windowMs,
        historyMs: windowMs * WINDOWS,
        by,
        kinds: kinds.map(({ standingOut: _, ...kind }) => kind),
        standingOut: kinds.flatMap(({ standingOut }) => standingOut).sort((a, b) => b.totalMs - a.totalMs),
      }
    },
    close: stop,
  }
}
