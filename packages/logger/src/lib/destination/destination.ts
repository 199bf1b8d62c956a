import { createEmitter, type FailureEvent, type Measured, type Measurement, type Observable } from '@breakwater/core'
import { LOGGER_CHANNEL } from '../events.ts'
import { Delivery } from './delivery.ts'
import type { DestinationEvent } from './events.ts'
import { ExitGuard } from './exit-guard.ts'
import { FileOutlet } from './file-outlet.ts'
import { type DestinationHost, nodeHost } from './host.ts'
import { measureDestination } from './measurements.ts'
import { type DestinationOptions, type ResolvedDestinationOptions, resolveDestinationOptions } from './options.ts'
import { FdOutlet, type Outlet } from './outlet.ts'
import { toDestinationError } from './problems.ts'
import { Retry } from './retry.ts'
import { Upkeep } from './upkeep.ts'
import { toWholeLines } from './whole-lines.ts'

/** Where lines go, whatever happens. A stream to pino. */
export interface Destination extends Observable<DestinationEvent>, Measured, AsyncDisposable {
  /** `log_destination`. */
  readonly kind: string
  /** The name it was given. */
  readonly name: string
  /**
   * Writes lines, or lets them wait for others if they may. Never throws, and never waits for a reader.
   *
   * @param lines Whole lines, each with its newline.
   */
  write(lines: string): void
  /** Writes everything that waits, on this turn, as far as it is taken. Never throws. */
  flushSync(): void
  /**
   * Writes everything that waits.
   *
   * @param callback Called on a later turn, once all that was written before is with the operating system.
   */
  flush(callback?: (error?: Error) => void): void
  /** Closes its file and opens it again, as after an outside rotation. It notices that by itself within a second, too. */
  reopen(): void
  /**
   * Writes everything that waits, for up to 5 s where a reader is slow, finishes what is being compressed, and closes its file. Lines
   * that are written later go to stderr.
   */
  close(): Promise<void>
}

const STDERR = 2
const STANDARD_NAMES = ['stdin', 'stdout', 'stderr']
const CLOSE_WITHIN_MS = 5_000

/**
 * Creates a destination of lines that loses none.
 *
 * Each line goes to one place, whole: to its file or stdout, else to stderr. By default each write is one call of the operating system.
 * With `bufferBytes`, lines wait for each other, and are written when the process ends: by returning, `process.exit`, an error or a signal.
 * Only `kill -9` and the like lose what waits.
 *
 * @param options Where lines go, how long they wait, and when a new file is begun.
 * @throws {DestinationError} If it cannot be opened. One that fails later is no reason to throw: lines go to stderr.
 * @throws {TypeError | RangeError} If an option is wrong.
 *
 * @example
 * ```ts
 * const destination = createDestination({ path: '/var/log/tasks/app.log', bufferBytes: 65_536 })
 * const logger = createLogger({ destination })
 * ```
 */
export function createDestination(options: DestinationOptions = {}): Destination {
  return openDestination(options, nodeHost)
}

/**
 * The same, in other surroundings.
 *
 * @param options As of {@link createDestination}.
 * @param host The surroundings.
 */
export function openDestination(options: DestinationOptions, host: DestinationHost): Destination {
  return new LogDestination(resolveDestinationOptions(options), host)
}

class LogDestination implements Destination {
  readonly kind = 'log_destination'
  readonly name: string
  readonly subscribe: Destination['subscribe']
  readonly #options: ResolvedDestinationOptions
  readonly #host: DestinationHost
  readonly #events: ReturnType<typeof createEmitter<DestinationEvent>>
  readonly #delivery: Delivery
  readonly #guard: ExitGuard
  readonly #upkeep: Upkeep | undefined
  readonly #retry: Retry
  /** Told when nothing is half done: who hears one may write. */
  #untold: DestinationEvent[] = []
  #buffer = ''
  #bufferedBytes = 0
  #rotations = 0
  #isUsed = false
  #isClosed = false
  #isEnding = false
  #isInSignal = false
  #stopFlushTimer: (() => void) | undefined
  #flushes: { readonly atBytes: number; readonly done: (error?: Error) => void }[] = []
  #closing: Promise<void> | undefined

  constructor(options: ResolvedDestinationOptions, host: DestinationHost) {
    const { name, path, fd, rotate, clock, maxPendingBytes, droppedLine } = options
    this.name = name
    this.#options = options
    this.#host = host
    this.#events = createEmitter(LOGGER_CHANNEL, name)
    this.subscribe = this.#events.subscribe
    const primary = this.#open()
    this.#delivery = new Delivery({
      clock,
      primary,
      path: path ?? nameOf(fd),
      fallback: path === undefined && fd === STDERR ? undefined : new FdOutlet(host.fs, STDERR),
      maxPendingBytes,
      droppedLine,
      tell: (event) => this.#untold.push(event),
    })
    this.#retry = new Retry(clock, () => this.flushSync())
    this.#guard = new ExitGuard(
      {
        onExit: () => this.#end(),
        onSignal: (isEnd) => this.#onSignal(isEnd),
        onSignalPassed: () => {
          this.#isInSignal = false
        },
      },
      host.process,
      host.isMainThread,
    )
    if (path !== undefined && rotate !== undefined && primary instanceof FileOutlet && primary.isRegular) {
      const tell = (event: DestinationEvent): void => {
        this.#untold.push(event)
        this.#tellAll()
      }
      this.#upkeep = new Upkeep(path, { clock, rotate, tell }, host.files)
      this.#upkeep.run()
    }
  }

  write(lines: string): void {
    const text = toWholeLines(lines)
    if (text === '') return
    const length = Buffer.byteLength(text)
    if (this.#options.bufferBytes > 0 && this.#mayWait()) this.#gather(text, length)
    else if (!this.#delivery.put(text, length) || this.#retry.isDue) this.#watch()
    if (this.#untold.length > 0) this.#tellAll()
  }

  flushSync(): void {
    this.#flush()
    this.#delivery.drain()
    this.#watch()
    this.#tellAll()
  }

  flush(callback?: (error?: Error) => void): void {
    this.#flush()
    if (typeof callback === 'function') this.#flushes.push({ atBytes: this.#delivery.takenBytes, done: callback })
    this.flushSync()
  }

  reopen(): void {
    if (this.#isClosed) return
    this.#flush()
    this.#delivery.reopen()
    this.#watch()
    this.#tellAll()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  measure(): readonly Measurement[] {
    const { writtenBytes, divertedBytes, droppedLines, pendingBytes, isFailed } = this.#delivery
    return measureDestination({
      writtenBytes,
      divertedBytes,
      droppedLines,
      pendingBytes: pendingBytes + this.#bufferedBytes,
      isFailed,
      rotations: this.#rotations,
    })
  }

  #open(): Outlet {
    const { path, fd, mode, rotate, clock } = this.#options
    const { fs } = this.#host
    try {
      if (path === undefined) {
        fs.fstatSync(fd)
        return new FdOutlet(fs, fd)
      }
      return new FileOutlet(path, {
        fs,
        clock,
        mode,
        rotate,
        onRotated: (rotated, bytes) => this.#onRotated(rotated, bytes),
        onRotationFailed: (error) => this.#untold.push({ type: 'rotation:failed', error, path }),
      })
    } catch (error) {
      throw toDestinationError(path ?? nameOf(fd), error)
    }
  }

  #onRotated(path: string, bytes: number): void {
    this.#rotations++
    this.#untold.push({ type: 'file:rotated', path, bytes })
    this.#upkeep?.run()
  }

  /** Whether lines may wait for others now, if they may at all. */
  #mayWait(): boolean {
    return this.#host.isMainThread && !this.#isClosed && !this.#isEnding && !this.#isInSignal
  }

  /** Lets lines wait for others. */
  #gather(text: string, length: number): void {
    const { bufferBytes, flushEveryMs, clock } = this.#options
    this.#buffer += text
    this.#bufferedBytes += length
    if (!this.#isUsed) {
      this.#isUsed = true
      this.#guard.arm()
    }
    if (this.#bufferedBytes >= bufferBytes) this.#flush()
    else this.#stopFlushTimer ??= clock.after(flushEveryMs, () => this.flushSync())
  }

  /** Hands over what was gathered. */
  #flush(): void {
    this.#stopFlushTimer?.()
    this.#stopFlushTimer = undefined
    if (this.#bufferedBytes === 0) return
    const text = this.#buffer
    const length = this.#bufferedBytes
    this.#buffer = ''
    this.#bufferedBytes = 0
    if (!this.#delivery.put(text, length) || this.#retry.isDue) this.#watch()
  }

  /** Sees to what waits: that it is tried again, and that the process does not end without it. */
  #watch(): void {
    const { isEmpty, isStalled, takenBytes, pendingBytes } = this.#delivery
    if (this.#isEnding && !isEmpty) this.#delivery.finish(this.#host.wait)
    if (!isEmpty || (this.#isUsed && !this.#isClosed)) this.#guard.arm()
    else this.#guard.disarm()
    if (isEmpty) this.#retry.cancel()
    else this.#retry.begin(this.#delivery.retryInMs, isStalled)
    while ((this.#flushes[0]?.atBytes ?? Number.POSITIVE_INFINITY) <= takenBytes - pendingBytes)
      setImmediate(this.#flushes.shift()?.done as () => void)
  }

  /** The process ends with this turn. */
  #end(): void {
    this.#isEnding = true
    this.#flush()
    this.#delivery.finish(this.#host.wait)
    this.#tellAll()
  }

  #onSignal(isEnd: boolean): void {
    // Others may write more, and end the process on this turn.
    this.#isInSignal = !isEnd
    this.#flush()
    if (isEnd) this.#delivery.finish(this.#host.wait)
    this.flushSync()
  }

  async #close(): Promise<void> {
    const { clock } = this.#options
    this.flushSync()
    const untilMs = clock.now() + CLOSE_WITHIN_MS
    while (this.#delivery.isStalled && clock.now() < untilMs) {
      await clock.sleep(this.#delivery.retryInMs)
      this.flushSync()
    }
    await this.#upkeep?.close()
    this.#flush()
    this.#isClosed = true
    this.#delivery.close()
    this.#watch()
    this.#tellAll()
  }

  #tellAll(): void {
    if (this.#untold.length === 0) return
    const untold = this.#untold
    this.#untold = []
    for (const event of untold) {
      if (isFailure(event)) this.#events.emitFailure(event)
      else this.#events.emit(event)
    }
  }
}

function nameOf(fd: number): string {
  return STANDARD_NAMES[fd] ?? `fd ${fd}`
}

function isFailure(event: DestinationEvent): event is Extract<DestinationEvent, FailureEvent> {
  return event.type.endsWith(':failed')
}
