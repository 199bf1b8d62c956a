import {
  type Clock,
  createEmitter,
  type Emitter,
  type Measured,
  type Measurement,
  nonEmptyString,
  type Observable,
  positiveMilliseconds,
  positiveNumber,
  ratio,
  systemClock,
} from '@breakwater/core'
import { RESILIENCE_CHANNEL, type RetryEvent } from '../events.ts'
import { counter, gauge, labelled } from '../measurements.ts'

/** Options of `createRetryBudget`. */
export interface RetryBudgetOptions {
  /**
   * Name in events and metrics. Keep it one of a handful: it becomes a label.
   *
   * @defaultValue `'shared'`
   */
  readonly name?: string | undefined
  /**
   * Retries for each first attempt, from 0 to 1.
   *
   * @defaultValue `0.2`, as in Finagle's `RetryBudget`
   */
  readonly ratio?: number | undefined
  /**
   * Retries in a second that are allowed however few calls there are, 0 or more; counted over the window, so `1` is ten in
   * ten seconds. A minimum, as Envoy's `min_retry_concurrency`, and not on top of the ratio, as in Finagle.
   *
   * @defaultValue `1`, our choice: from five calls a second on, a total outage costs the dependency 1.2 times the calls
   * and ten; below that, one attempt more a second for each budget. Finagle's 10 on top of the ratio lets a client with
   * five calls a second triple them
   */
  readonly minPerSecond?: number | undefined
  /**
   * Milliseconds for which first attempts and retries are remembered, in ten steps; at least 1.
   *
   * @defaultValue `10_000`, as in Finagle's `RetryBudget`
   */
  readonly windowMs?: number | undefined
  /**
   * Where time comes from.
   *
   * @defaultValue `systemClock`; its coarse time is read once for each call
   */
  readonly clock?: Clock | undefined
}

/**
 * How many retries there may be, in proportion to the calls of the latest seconds: failures here and there are all tried
 * again, but an outage does not multiply the load.
 */
export interface RetryBudget extends Measured, Observable<RetryEvent> {
  /** How many more retries are allowed right now. */
  readonly balance: number
  /** Counts a first attempt. */
  deposit(): void
  /**
   * Asks for one retry.
   *
   * @returns Whether it is allowed. It counts from now on, whether it is made or not.
   */
  withdraw(): boolean
}

/**
 * Creates a budget that several retries share, such as all that call one dependency: hand it to each of them.
 *
 * It has no timer: what is too old is let go of by the next call.
 *
 * @param options How much it allows.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 * @see Finagle's `RetryBudget`; Google's SRE book, "Addressing Cascading Failures".
 *
 * @example
 * ```ts
 * const budget = createRetryBudget({ name: 'payments' })
 * const read = createRetry({ name: 'payments-read', budget })
 * const write = createRetry({ name: 'payments-write', maxAttempts: 2, budget })
 * ```
 */
export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new WindowBudget(options)
}

const STEPS = 10

/** First attempts and retries of the latest steps. The step under way is kept apart, so that to count is one addition. */
export class WindowBudget implements RetryBudget {
  readonly kind = 'retry_budget'
  readonly name: string
  readonly #ratio: number
  readonly #minimum: number
  readonly #windowMs: number
  readonly #clock: Clock
  readonly #tell: ((event: RetryEvent) => void) | undefined
  #emitter: Emitter<RetryEvent> | undefined = undefined
  /** Number of the step under way since the clock began, and when it ends. */
  #step: number
  #stepEndsMs: number
  /** Of the step under way. */
  #deposits = 0
  #withdrawals = 0
  /** Of the nine steps before it, and of each step. Made when the first step ends. */
  #earlierDeposits = 0
  #earlierWithdrawals = 0
  #ring: Float64Array | undefined = undefined
  #allowed = 0
  #refused = 0
  #isExhausted = false
  #refusedAtMs = 0

  /**
   * @param options What was given.
   * @param tell Who tells its events; without it, itself.
   */
  constructor(options: RetryBudgetOptions, tell?: (event: RetryEvent) => void) {
    const { name = 'shared', ratio: share = 0.2, minPerSecond = 1, windowMs = 10_000, clock = systemClock } = options
    this.name = nonEmptyString('name', name)
    this.#ratio = ratio('ratio', share)
    this.#windowMs = positiveMilliseconds('windowMs', windowMs)
    if (windowMs < 1) throw new RangeError(`Expected \`windowMs\` to be at least 1, got ${windowMs}`)
    if (minPerSecond < 0) throw new RangeError(`Expected \`minPerSecond\` to be at least 0, got ${minPerSecond}`)
    if (minPerSecond !== 0) positiveNumber('minPerSecond', minPerSecond)
    this.#minimum = (minPerSecond * windowMs) / 1_000
    this.#clock = clock
    this.#tell = tell
    this.#step = Math.floor(clock.coarse() / this.#stepMs)
    this.#stepEndsMs = (this.#step + 1) * this.#stepMs
  }

  get balance(): number {
    this.#refresh()
    return Math.max(Math.floor(this.#limit - this.#earlierWithdrawals - this.#withdrawals), 0)
  }

  deposit(): void {
    this.#refresh()
    this.#deposits++
  }

  withdraw(): boolean {
    const now = this.#refresh()
    if (this.#earlierWithdrawals + this.#withdrawals + 1 <= this.#limit) {
      this.#withdrawals++
      this.#allowed++
      return true
    }
    this.#refused++
    this.#refusedAtMs = now
    if (!this.#isExhausted) {
      this.#isExhausted = true
      this.#emit({ type: 'retry-budget:exhausted' })
    }
    return false
  }

  subscribe(listener: (event: RetryEvent) => void): () => void {
    return this.#events.subscribe(listener)
  }

  measure(): readonly Measurement[] {
    const outcomes = { allowed: this.#allowed, refused: this.#refused }
    return [
      ...labelled(counter, 'retry_budget_retries_total', 'Retries that were asked for', 'outcome', outcomes),
      gauge('retry_budget_balance', 'Retries allowed right now', this.balance),
    ]
  }

  get #events(): Emitter<RetryEvent> {
    this.#emitter ??= createEmitter(RESILIENCE_CHANNEL, this.name)
    return this.#emitter
  }

  get #stepMs(): number {
    return this.#windowMs / STEPS
  }

  /** Retries allowed in the window. */
  get #limit(): number {
    return Math.max(this.#ratio * (this.#earlierDeposits + this.#deposits), this.#minimum)
  }

  #refresh(): number {
    const now = this.#clock.coarse()
    if (now >= this.#stepEndsMs) this.#turn(now)
    return now
  }

  /** The step under way is over. */
  #turn(now: number): void {
    const step = Math.floor(now / this.#stepMs)
    this.#ring ??= new Float64Array(2 * STEPS)
    this.#add(this.#step, this.#deposits, this.#withdrawals)
    this.#deposits = 0
    this.#withdrawals = 0
    for (let next = Math.max(this.#step, step - STEPS) + 1; next <= step; next++) this.#empty(next)
    this.#step = step
    this.#stepEndsMs = (step + 1) * this.#stepMs
    // Only then: while an outage goes on, each few calls allow another retry, and the next one is refused again.
    if (this.#isExhausted && now - this.#refusedAtMs >= this.#windowMs) {
      this.#isExhausted = false
      this.#emit({ type: 'retry-budget:recovered' })
    }
  }

  #empty(step: number): void {
    const ring = this.#ring as Float64Array
    const at = place(step)
    this.#add(step, -(ring[at] as number), -(ring[at + 1] as number))
  }

  #add(step: number, deposits: number, withdrawals: number): void {
    const ring = this.#ring as Float64Array
    const at = place(step)
    ring[at] = (ring[at] as number) + deposits
    ring[at + 1] = (ring[at + 1] as number) + withdrawals
    this.#earlierDeposits += deposits
    this.#earlierWithdrawals += withdrawals
  }

  #emit(event: RetryEvent): void {
    if (this.#tell === undefined) this.#events.emit(event)
    else this.#tell(event)
  }
}

function place(step: number): number {
  return 2 * (((step % STEPS) + STEPS) % STEPS)
}
