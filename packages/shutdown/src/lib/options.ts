import { constants } from 'node:os'
import { type Clock, milliseconds, nonEmptyString, positiveMilliseconds, systemClock } from '@breakwater/core'

/** Options of `createShutdown`. */
export interface ShutdownOptions {
  /**
   * Name in events and metrics.
   *
   * @defaultValue `process`
   */
  readonly name?: string | undefined
  /**
   * Milliseconds for which it serves as before after it was told to stop, so that load balancers hear of it. Until then
   * they send new connections. Without any server there is no delay.
   *
   * @defaultValue `5_000` in Kubernetes, whose endpoints may take seconds to reach every node; else `0`
   */
  readonly drainDelayMs?: number | undefined
  /**
   * Milliseconds for which an idle connection may make one more request, which is then its last one. Longer than a round
   * trip to the clients, and than they pause between two requests.
   *
   * @defaultValue `500`, our choice: five round trips around half the world
   */
  readonly lingerMs?: number | undefined
  /**
   * Milliseconds that draining and closing may take together, counted from the end of the delay. The last quarter belongs
   * to the hooks, if there are any: what is not drained by then is cut.
   *
   * @defaultValue `5_000`: with the delay a third of the 30 s after which Kubernetes kills
   */
  readonly deadlineMs?: number | undefined
  /**
   * Milliseconds for what is under way to end after an error that nobody caught, hooks included. There is no delay then.
   *
   * @defaultValue `1_000`, our choice: the process is in a state that nobody knows
   */
  readonly crashDeadlineMs?: number | undefined
  /**
   * Which signals stop it. A second one ends it at once.
   *
   * @defaultValue `['SIGTERM', 'SIGINT']`
   */
  readonly signals?: readonly NodeJS.Signals[] | undefined
  /**
   * Signals that stop it as well, and mean that another process takes its place: WebSockets are told 1012 in place of 1001.
   *
   * @defaultValue none
   */
  readonly restartSignals?: readonly NodeJS.Signals[] | undefined
  /**
   * Whether errors that nobody caught are told and stop it, with exit code 1. Without, Node ends the process on the spot.
   *
   * @defaultValue `true`
   */
  readonly handleCrashes?: boolean | undefined
  /**
   * A file that counts crashes in a row, for a process manager to read: JSON with `crashes`, `lastAt` and `lastError`. A clean
   * end removes it.
   *
   * @defaultValue none
   */
  readonly crashFile?: string | undefined
  /**
   * Whether the process is ended when everything is closed, and by another thread if its time is over. Without, it ends when
   * nothing keeps it alive, with the exit code of the report; a second signal ends it all the same.
   *
   * @defaultValue `true`
   */
  readonly exit?: boolean | undefined
  /**
   * Where time comes from. The deadline is watched by a thread with a clock of its own as well.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
}

/** The options as they hold. */
export type ResolvedShutdownOptions = Required<{
  readonly [key in Exclude<keyof ShutdownOptions, 'crashFile'>]: NonNullable<ShutdownOptions[key]>
}> & { readonly crashFile: string | undefined }

/** A delay that a deadline can be added to, and that timers of both threads can keep. */
const LONGEST_MS = 86_400_000

/**
 * Checks and completes the options.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveShutdownOptions({
  name = 'process',
  drainDelayMs = process.env.KUBERNETES_SERVICE_HOST === undefined ? 0 : 5_000,
  lingerMs = 500,
  deadlineMs = 5_000,
  crashDeadlineMs = 1_000,
  signals = ['SIGTERM', 'SIGINT'],
  restartSignals = [],
  handleCrashes = true,
  crashFile,
  exit = true,
  clock = systemClock,
}: ShutdownOptions): ResolvedShutdownOptions {
  return {
    name: nonEmptyString('name', name),
    drainDelayMs: upToADay('drainDelayMs', milliseconds('drainDelayMs', drainDelayMs)),
    lingerMs: upToADay('lingerMs', milliseconds('lingerMs', lingerMs)),
    deadlineMs: upToADay('deadlineMs', positiveMilliseconds('deadlineMs', deadlineMs)),
    crashDeadlineMs: upToADay('crashDeadlineMs', positiveMilliseconds('crashDeadlineMs', crashDeadlineMs)),
    signals: signals.map((signal) => toSignal('signals', signal)),
    restartSignals: restartSignals.map((signal) => toSignal('restartSignals', signal)),
    handleCrashes,
    crashFile: crashFile === undefined ? undefined : nonEmptyString('crashFile', crashFile),
    exit,
    clock,
  }
}

function upToADay(name: string, ms: number): number {
  if (ms <= LONGEST_MS) return ms
  throw new RangeError(`Expected \`${name}\` to be at most ${LONGEST_MS}, a day, got ${ms}`)
}

function toSignal(name: string, signal: NodeJS.Signals): NodeJS.Signals {
  if (!(signal in constants.signals))
    throw new TypeError(`Expected \`${name}\` to be names of signals, such as "SIGTERM", got ${JSON.stringify(signal)}`)
  if (signal === 'SIGKILL' || signal === 'SIGSTOP')
    throw new TypeError(`Expected \`${name}\` to be signals that a process can hear of, got "${signal}"`)
  return signal
}
