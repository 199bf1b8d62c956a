import type { Clock, Emitter } from '@breakwater/core'
import { CheckTimeoutError } from '../errors.ts'
import type { HealthEvent } from '../events.ts'
import type { RecoveryOutcome } from '../report.ts'
import type { History } from './history.ts'
import type { ResolvedRecoveryOptions } from './options.ts'
import { toText } from './outcome.ts'
import { type Ended, runWithin } from './run.ts'

/** What a recovery knows of its check. */
export interface RecoveryHost {
  readonly name: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly events: Emitter<HealthEvent>
  readonly history: History
  /** From 0 up to, not including, 1. */
  random(): number
  /** Runs the check at once, and says whether it is well. */
  probe(): Promise<boolean>
}

/** Tries to make a check well, again and again, with waits that grow. One at a time. */
export class Recovery {
  readonly #options: ResolvedRecoveryOptions
  readonly #host: RecoveryHost
  /** The one that is under way. */
  #episode: AbortController | undefined = undefined
  #last: Promise<void> = Promise.resolve()
  #isExhausted = false
  /** Tries that were made, ever. */
  tries = 0

  constructor(options: ResolvedRecoveryOptions, host: RecoveryHost) {
    this.#options = options
    this.#host = host
  }

  /** The check is unhealthy. Does nothing while it is under way, or given up. */
  begin(cause: unknown): void {
    if (this.#episode !== undefined || this.#isExhausted || this.#host.signal.aborted) return
    const episode = new AbortController()
    this.#episode = episode
    // A try of the last time may still be under way.
    this.#last = this.#last.then(() => this.#run(cause, episode))
  }

  /** The check is well, or something else has to be first. */
  end(): void {
    this.#isExhausted = false
    this.#episode?.abort()
    this.#episode = undefined
  }

  async #run(cause: unknown, episode: AbortController): Promise<void> {
    const { maxTries } = this.#options
    for (let attempt = 1; attempt <= maxTries; attempt++) {
      if (attempt > 1) await this.#wait(attempt - 1, episode.signal)
      if (episode.signal.aborted) return
      if (await this.#try(attempt, cause)) return
    }
    if (episode.signal.aborted) return
    this.#episode = undefined
    this.#isExhausted = true
    this.#host.events.emit({ type: 'recovery:exhausted', check: this.#host.name, tries: maxTries })
  }

  /** Returns whether it is over. */
  async #try(attempt: number, cause: unknown): Promise<boolean> {
    const { name, clock, signal, events, history } = this.#host
    const { run, limitMs } = this.#options
    this.tries++
    const ended = await runWithin((stop) => run({ signal: stop, attempt, cause }), {
      limitMs,
      clock,
      signal,
      toLate: () => new CheckTimeoutError(name, limitMs, 'recovery of'),
    })
    if (signal.aborted) return true
    const isWell = await this.#host.probe()
    if (signal.aborted) return true
    const outcome = toOutcome(ended, isWell)
    const error = 'error' in ended ? ended.error : undefined
    history.add({
      at: clock.epoch(),
      what: 'tried',
      attempt,
      outcome,
      cause: 'error' in ended ? toText(error) : undefined,
    })
    events.emit({ type: 'recovery:tried', check: name, attempt, outcome, error })
    return isWell
  }

  /**
   * Full jitter: anything between nothing and a limit that doubles.
   *
   * @see AWS Architecture Blog, "Exponential Backoff And Jitter".
   */
  #wait(retry: number, signal: AbortSignal): Promise<void> {
    const { delayMs, maxDelayMs } = this.#options
    const waitMs = this.#host.random() * Math.min(maxDelayMs, delayMs * 2 ** (retry - 1))
    return new Promise((resolve) => {
      const done = (): void => {
        stop()
        this.#host.signal.removeEventListener('abort', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      // In the background: a process that has nothing else to do may end.
      const stop = this.#host.clock.after(waitMs, done)
      this.#host.signal.addEventListener('abort', done)
      signal.addEventListener('abort', done)
    })
  }
}

function toOutcome(ended: Ended, isWell: boolean): RecoveryOutcome {
  if (isWell) return 'recovered'
  return 'error' in ended ? 'failed' : 'unchanged'
}
