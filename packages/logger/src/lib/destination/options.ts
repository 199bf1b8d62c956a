import { resolve } from 'node:path'
import {
  type Clock,
  callable,
  nonEmptyString,
  nonNegativeInteger,
  positiveInteger,
  positiveMilliseconds,
  systemClock,
} from '@breakwater/core'

/** Options of `createDestination`. */
export interface DestinationOptions {
  /**
   * Name in events and metrics.
   *
   * @defaultValue `log`
   */
  readonly name?: string | undefined
  /**
   * A file, whose folders are made if need be. A relative path is resolved at once.
   *
   * @defaultValue none: lines go to `fd`
   */
  readonly path?: string | undefined
  /**
   * Where lines go without a path: 1 is stdout, 2 is stderr, or what you have opened and go on to own.
   *
   * @defaultValue `1`
   */
  readonly fd?: number | undefined
  /**
   * Bytes that may wait for each other, to be written at once. `0`: each write goes to the operating system on its own, and not
   * even `kill -9` loses one. What waits is written at exit and by signals that end the process. A worker thread lets nothing wait, as
   * nothing tells it that it is about to be ended.
   *
   * @defaultValue `0`
   */
  readonly bufferBytes?: number | undefined
  /**
   * Milliseconds that a line waits at most. Only with `bufferBytes`.
   *
   * @defaultValue `100`, our choice: a tenth of the second within which lines should be collected
   */
  readonly flushEveryMs?: number | undefined
  /**
   * Bytes that may wait while whoever reads is slow, or neither the destination nor stderr can be written. Beyond that, lines go to
   * stderr; if that is no way out either, the oldest are dropped and counted, so that those nearest to the trouble stay.
   *
   * @defaultValue `8_388_608` (8 MiB), our choice
   */
  readonly maxPendingBytes?: number | undefined
  /**
   * When a new file is begun, and what becomes of the old ones; `false` never begins one. Only with `path`, and only for a regular file:
   * a device, a pipe and a symbolic link are just written.
   *
   * @defaultValue files of 10 MiB, three of which are kept, compressed
   */
  readonly rotate?: RotationOptions | false | undefined
  /**
   * Permissions of files that are made, less the umask of the process.
   *
   * @defaultValue `0o640`, as of Debian's log files
   */
  readonly mode?: number | undefined
  /**
   * Makes the line that stands where lines were dropped.
   *
   * @defaultValue an `error` line such as `{"level":"error","time":"…","msg":"3 lines were dropped"}`
   */
  readonly droppedLine?: ((lines: number) => string) | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** When a new file is begun. `app.log` becomes `app-2026-11-21T18-22-08.123Z.log`, and `….log.gz` when it is compressed. */
export interface RotationOptions {
  /**
   * Most bytes of a file. A line that is longer gets a file of its own.
   *
   * @defaultValue `10_485_760` (10 MiB)
   */
  readonly maxBytes?: number | undefined
  /**
   * Milliseconds of a file, counted from 1970 in UTC: `86_400_000` begins one each midnight, `3_600_000` each hour. It is begun by
   * the first line that belongs into it.
   *
   * @defaultValue none: only `maxBytes` counts
   */
  readonly everyMs?: number | undefined
  /**
   * How many rotated files are kept.
   *
   * @defaultValue `3`
   */
  readonly keepFiles?: number | undefined
  /**
   * Milliseconds that a rotated file is kept.
   *
   * @defaultValue `2_592_000_000`, 30 days
   */
  readonly keepForMs?: number | undefined
  /**
   * Whether rotated files are compressed by gzip, in the background, 5 s after they were rotated.
   *
   * @defaultValue `true`
   */
  readonly compress?: boolean | undefined
}

/** The options as they hold. */
export interface ResolvedDestinationOptions {
  readonly name: string
  readonly path: string | undefined
  readonly fd: number
  readonly bufferBytes: number
  readonly flushEveryMs: number
  readonly maxPendingBytes: number
  readonly rotate: ResolvedRotationOptions | undefined
  readonly mode: number
  readonly droppedLine: (lines: number) => string
  readonly clock: Clock
}

/** The options of rotation as they hold. */
export interface ResolvedRotationOptions {
  readonly maxBytes: number
  /** `Infinity` for never. */
  readonly everyMs: number
  readonly keepFiles: number
  readonly keepForMs: number
  readonly compress: boolean
}

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveDestinationOptions({
  name = 'log',
  path,
  fd,
  bufferBytes = 0,
  flushEveryMs = 100,
  maxPendingBytes = 8_388_608,
  rotate,
  mode = 0o640,
  clock = systemClock,
  droppedLine = (lines) => createDroppedLine(lines, clock),
}: DestinationOptions): ResolvedDestinationOptions {
  if (path !== undefined && fd !== undefined)
    throw new TypeError('Expected either `path` or `fd`, got both: lines go to one place')
  if (path === undefined && rotate)
    throw new TypeError('Expected `path` with `rotate`, got none: only a file that is opened here can be rotated')
  if (nonNegativeInteger('mode', mode) > 0o777)
    throw new RangeError(`Expected \`mode\` to be at most 0o777, got 0o${mode.toString(8)}`)
  return {
    name: nonEmptyString('name', name),
    path: path === undefined ? undefined : resolve(nonEmptyString('path', path)),
    fd: nonNegativeInteger('fd', fd ?? 1),
    bufferBytes: nonNegativeInteger('bufferBytes', bufferBytes),
    flushEveryMs: positiveMilliseconds('flushEveryMs', flushEveryMs),
    maxPendingBytes: positiveInteger('maxPendingBytes', maxPendingBytes),
    rotate: path === undefined || rotate === false ? undefined : resolveRotationOptions(rotate),
    mode,
    droppedLine: callable('droppedLine', droppedLine),
    clock,
  }
}

function resolveRotationOptions({
  maxBytes = 10_485_760,
  everyMs,
  keepFiles = 3,
  keepForMs = 30 * 86_400_000,
  compress = true,
}: RotationOptions = {}): ResolvedRotationOptions {
  return {
    maxBytes: positiveInteger('rotate.maxBytes', maxBytes),
    everyMs: everyMs === undefined ? Number.POSITIVE_INFINITY : positiveMilliseconds('rotate.everyMs', everyMs),
    keepFiles: nonNegativeInteger('rotate.keepFiles', keepFiles),
    keepForMs: positiveMilliseconds('rotate.keepForMs', keepForMs),
    compress,
  }
}

function createDroppedLine(lines: number, clock: Clock): string {
  const time = new Date(clock.epoch()).toISOString()
  return `${JSON.stringify({ level: 'error', time, msg: `${lines} ${lines === 1 ? 'line was' : 'lines were'} dropped` })}\n`
}
