import { type Channel, channel, tracingChannel } from 'node:diagnostics_channel'
import { callable } from './check.ts'

/** Something that tells what happens to it. */
export interface Observable<event> {
  /**
   * Hears every event from now on, on the teller's turn: be quick. What a listener throws is reported as an uncaught
   * exception on a turn of its own, and breaks neither the teller nor other listeners.
   *
   * @param listener Called with each event.
   * @returns A function that stops hearing, at once. Calling it twice is harmless.
   * @throws {TypeError} If the listener cannot be called.
   */
  subscribe(listener: (event: event) => void): () => void
}

/** What is published on a feature's `node:diagnostics_channel`, for those who hear all objects of one kind. */
export interface ChannelMessage<event> {
  /** Name of the object that tells it. */
  readonly source: string
  /** What it tells. */
  readonly event: event
}

/** An event about something that failed while nobody awaited it. Its type ends in `:failed`. */
export interface FailureEvent {
  /** What happened, such as `refresh:failed`. */
  readonly type: `${string}:failed`
  /** What was thrown. */
  readonly error: unknown
}

/** The sending end of an object's events. */
export interface Emitter<event extends { readonly type: string }> extends Observable<event> {
  /** Whether anybody hears. Only worth asking before an event that is costly to put together. */
  readonly active: boolean
  /**
   * Tells every listener of this object, then every subscriber of its channel.
   *
   * @param event What happened. Never changed afterwards: listeners may keep it.
   */
  emit(event: event): void
  /**
   * The same for a failure that nobody awaits. If nobody hears it, it becomes a process warning, once per error code:
   * nothing is swallowed, nothing crashes.
   *
   * @param event What failed.
   */
  emitFailure(event: Extract<event, FailureEvent>): void
}

/**
 * Creates the sending end of an object's events.
 *
 * @param channelName Name of the `node:diagnostics_channel` shared by every object of this kind, such as `breakwater:cache`.
 * @param source Name of this object, so that a process-wide listener can tell two apart.
 */
export function createEmitter<event extends { readonly type: string }>(
  channelName: string,
  source: string,
): Emitter<event> {
  return new ChannelEmitter(channelName, source)
}

/** Codes come from anybody's errors, so both their number and their length are bounded. */
const MAX_WARNINGS = 100
const MAX_CODE_LENGTH = 100

/** A class, because there may be tens of thousands: it takes a sixth of the memory of closures. */
class ChannelEmitter<event extends { readonly type: string }> implements Emitter<event> {
  readonly #shared: Channel
  readonly #source: string
  // Replaced, never changed: who subscribes or stops while an event is told does not disturb the telling.
  #listeners: readonly { readonly hear: (event: event) => void }[] = NOBODY
  #warned: Set<string> | undefined

  constructor(channelName: string, source: string) {
    this.#shared = channel(channelName)
    this.#source = source
  }

  get active(): boolean {
    return this.#listeners.length > 0 || this.#shared.hasSubscribers
  }

  emit(event: event): void {
    for (const { hear } of this.#listeners) {
      try {
        hear(event)
      } catch (error) {
        throwLater(error)
      }
    }
    if (this.#shared.hasSubscribers)
      this.#shared.publish({ source: this.#source, event } satisfies ChannelMessage<event>)
  }

  emitFailure(event: Extract<event, FailureEvent>): void {
    if (this.active) return this.emit(event)
    const { code, message } = describe(event.error)
    const key = `${event.type} ${code}`
    this.#warned ??= new Set()
    if (this.#warned.has(key) || this.#warned.size >= MAX_WARNINGS) return
    this.#warned.add(key)
    process.emitWarning(`${event.type} in "${this.#source}": ${message}`, { type: 'BreakwaterWarning', code })
  }

  // Bound, because features hand it on as their own.
  readonly subscribe = (listener: (event: event) => void): (() => void) => {
    const entry = { hear: callable('listener', listener) }
    this.#listeners = [...this.#listeners, entry]
    return () => {
      entry.hear = deaf // in a telling that is under way, too
      this.#listeners = this.#listeners.filter((other) => other !== entry)
    }
  }
}

const NOBODY: readonly never[] = []
const deaf = (): void => {}

/** What anybody's error says of itself, which may be anything or throw. */
function describe(error: unknown): { code: string; message: string } {
  try {
    const { code, name } = Object(error) as { code?: unknown; name?: unknown }
    return {
      code: String(code ?? name ?? typeof error).slice(0, MAX_CODE_LENGTH),
      message: String(error instanceof Error ? error.message : error),
    }
  } catch {
    return { code: 'unreadable', message: 'an error that cannot be read' }
  }
}

/** What an operation's `node:diagnostics_channel` tracing channels carry. */
export interface OperationMessage {
  /** Name of the object that does it. */
  readonly source: string
  /**
   * A subscriber of `start` may set this to run the operation inside something, such as the span it began; a plain
   * subscriber cannot. Called once, with what to run; returns what that returned.
   */
  wrap?: (<result>(run: () => result) => result) | undefined
  /** What it resolved to, in `asyncEnd`. */
  readonly result?: unknown
  /** What it was rejected with, in `error`. */
  readonly error?: unknown
}

/** Something an object does that may take time and deserves a span. */
export interface Operation<details extends object> {
  /**
   * Does it. Costs next to nothing while nobody subscribes.
   *
   * @param details What this one is about.
   * @param run What is done. Its result and its error pass through untouched, whatever observers do.
   */
  trace<result>(details: details, run: () => Promise<result>): Promise<result>
}

/**
 * Creates an operation that tracers can follow through `tracing:<channelName>:start`, `:end`, `:asyncStart`, `:asyncEnd` and `:error`.
 *
 * @param channelName Such as `breakwater:cache:load`.
 * @param source Name of the object that does it.
 */
export function createOperation<details extends object>(channelName: string, source: string): Operation<details> {
  const channels = tracingChannel<OperationMessage>(channelName)
  return {
    trace(details, run) {
      if (!channels.hasSubscribers) return run()
      const message: OperationMessage = { ...details, source }
      return channels.tracePromise(() => (message.wrap === undefined ? run() : runInside(message.wrap, run)), message)
    },
  }
}

/**
 * Runs inside a wrapper that may throw, forget to run, or run twice: exactly once, and with its own outcome.
 *
 * @param wrap The wrapper, which is not trusted. What it throws itself surfaces on its own turn.
 * @param run What is run.
 */
export function runInside<result>(wrap: (run: () => result) => unknown, run: () => result): result {
  let outcome: { readonly result: result } | { readonly error: unknown } | undefined
  const runOnce = (): result => {
    outcome ??= settle(run)
    if ('error' in outcome) throw outcome.error
    return outcome.result
  }
  try {
    wrap(runOnce)
  } catch (error) {
    if (outcome === undefined || !('error' in outcome) || outcome.error !== error) throwLater(error)
  }
  return runOnce()
}

/**
 * Runs something, and keeps what came of it.
 *
 * @param run What is run.
 */
export function settle<result>(run: () => result): { readonly result: result } | { readonly error: unknown } {
  try {
    return { result: run() }
  } catch (error) {
    return { error }
  }
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
