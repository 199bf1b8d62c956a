import type { Clock, Policy } from '@breakwater/core'
import type { Deadlines, Due } from '../deadlines.ts'
import { TierUnavailableError } from '../errors.ts'
import { Gate } from './gate.ts'
import type { TierConnection } from './tier.ts'

/** What a link needs to know. */
export interface LinkOptions {
  readonly clock: Clock
  readonly policy: Policy | undefined
  readonly tierTimeoutMs: number
}

/** Calls of the shared tier, each with a limit, and none while it does not answer. */
export class Link {
  readonly connection: TierConnection
  /** Calls that failed or exceeded the limit. */
  failures = 0
  /** Calls that were not made, as the tier does not answer. */
  refusals = 0
  readonly #options: LinkOptions
  readonly #deadlines: Deadlines
  readonly #gate: Gate

  constructor(connection: TierConnection, deadlines: Deadlines, options: LinkOptions) {
    this.connection = connection
    this.#deadlines = deadlines
    this.#options = options
    this.#gate = new Gate(options.clock)
  }

  /**
   * Calls the tier.
   *
   * @param onLate Hears an answer that came after the limit: what it granted may have to be given back.
   * @returns What it answered; rejects with its error, or {@link TierUnavailableError}.
   */
  call<result>(
    run: (connection: TierConnection) => Promise<result>,
    onLate?: (result: result) => void,
  ): Promise<result> {
    if (!this.connection.isReady) {
      this.refusals++
      return Promise.reject(new TierUnavailableError('it is not connected'))
    }
    const { policy } = this.#options
    if (policy !== undefined) return policy.execute(() => this.#limit(run, onLate))
    if (!this.#gate.enter()) {
      this.refusals++
      return Promise.reject(new TierUnavailableError('it failed a moment ago'))
    }
    return this.#limit(run, onLate)
  }

  /** The log was heard of: the tier answers. */
  onSign(): void {
    this.#gate.succeed()
  }

  #limit<result>(
    run: (connection: TierConnection) => Promise<result>,
    onLate: ((result: result) => void) | undefined,
  ): Promise<result> {
    const { clock, tierTimeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      let isOver = false
      const call: Due = {
        dueMs: clock.now() + tierTimeoutMs,
        onTimeout: () => fail(new TierUnavailableError(`it did not answer within ${tierTimeoutMs} ms`)),
      }
      const fail = (error: unknown): void => {
        if (isOver) return
        isOver = true
        this.#deadlines.delete(call)
        this.failures++
        this.#gate.fail()
        reject(error)
      }
      this.#deadlines.add(call)
      run(this.connection).then((result) => {
        // A late answer is one: the tier is there again.
        this.#gate.succeed()
        if (isOver) return onLate?.(result)
        isOver = true
        this.#deadlines.delete(call)
        resolve(result)
      }, fail)
    })
  }
}
