import type { Measurement } from '@breakwater/core'
import { StagedPolicy } from '../doors.ts'
import { isRefusalError } from '../errors.ts'
import type { ResiliencePolicy } from '../policy.ts'
import { AGAIN, type OngoingCall, type Stage } from '../stage.ts'
import { toDelayMs } from './backoff.ts'
import { type RetryBudget, WindowBudget } from './budget.ts'
import { measureRetry, RetryCounts, type RetryOutcome } from './counts.ts'
import { type ResolvedRetryOptions, type RetryOptions, resolveRetryOptions } from './options.ts'

/** A policy that tries again what failed, after a while, and not too often. */
export interface Retry extends ResiliencePolicy {
  /** How many more retries its budget allows right now. `Infinity` without one. */
  readonly balance: number
}

/**
 * Creates a retry. Share one per dependency, so that its budget sees all calls to it. Only for what may be done twice: after a
 * time limit or a broken connection nobody knows whether the attempt took effect.
 *
 * The last error reaches the caller unchanged, whyever it is not tried again. A wait keeps the process alive, as somebody awaits
 * it, and ends at once when the caller aborts. Behind `tryAcquire`, the permit's holder waits, see `Permit.retry`.
 *
 * It tells `retry-budget:exhausted` and `retry-budget:recovered` of its own budget; a shared one tells them itself.
 *
 * @param options How often, when, and after what.
 * @throws {TypeError | RangeError} If an option is wrong, naming it.
 * @see AWS Architecture Blog, "Exponential Backoff And Jitter".
 *
 * @example
 * ```ts
 * const retry = createRetry({ name: 'payments', isRetryable: (error) => !hasCode(error, 'ERR_CARD_DECLINED') })
 * const receipt = await retry.execute(({ signal }) => client.charge(order, { signal, idempotencyKey: order.id }))
 * ```
 */
export function createRetry(options: RetryOptions): Retry {
  return new RetryPolicy(resolveRetryOptions(options))
}

/** What is known of a call that is tried again. */
class Progress {
  retries = 0
  /** The latest wait that was drawn, without what a `Retry-After` made of it. */
  delayMs: number
  /** The attempt after which the latest retry was announced. A later one under way: it was made. */
  announcedIn = 0
  /** Ends the latest wait. */
  wait: AbortController | undefined = undefined

  constructor(delayMs: number) {
    this.delayMs = delayMs
  }
}

/** What stands behind it. */
export class RetryPolicy extends StagedPolicy implements Retry, Stage {
  readonly kind = 'retry'
  readonly mayRunAgain = true
  readonly stages: readonly Stage[] = [this]
  readonly #options: ResolvedRetryOptions
  readonly #budget: RetryBudget | undefined
  readonly #counts: RetryCounts = new RetryCounts()

  constructor(options: ResolvedRetryOptions) {
    super(options.name)
    const { name, budget, clock } = options
    this.#options = options
    this.#budget =
      budget === undefined ? new WindowBudget({ name, clock }, (event) => this.events.emit(event)) : budget || undefined
  }

  get balance(): number {
    const budget = this.#budget
    return budget === undefined ? Infinity : this.guard(() => budget.balance, 0)
  }

  enter(call: OngoingCall, slot: number): undefined {
    call.tokens[slot] = undefined
    // Later ones are retries of a retry further out.
    if (call.attempt === 1) this.#deposit()
  }

  leave(call: OngoingCall, slot: number): typeof AGAIN | undefined {
    const { maxAttempts, maxRetryAfterMs } = this.#options
    const progress = call.tokens[slot] as Progress | undefined
    if (progress !== undefined && call.attempt > progress.announcedIn) this.#counts.retries++
    if (call.abandoned) return this.#drop(call, progress)
    if (call.ok) {
      if (!this.#isRetryableResult(call)) {
        if (progress !== undefined) return this.#end('success-after-retry')
        this.#counts.ended.success++
        return
      }
    } else if (!this.#isRetryable(call)) return this.#end('not-retryable')
    if ((progress?.retries ?? 0) + 1 >= maxAttempts) return this.#end('attempts-exhausted')
    const leastMs = this.#leastMs(call)
    if (leastMs > maxRetryAfterMs) return this.#end('retry-after-too-long')
    if (!this.#withdraw()) return this.#end('budget-exhausted')
    this.#announce(call, slot, progress, leastMs)
    return AGAIN
  }

  measure(): readonly Measurement[] {
    return measureRetry(this.#counts, this.balance)
  }

  #end(outcome: RetryOutcome): undefined {
    this.#counts.ended[outcome]++
  }

  /** Nobody awaits the call any more. */
  #drop(call: OngoingCall, progress: Progress | undefined): undefined {
    const wait = progress?.wait
    if (progress !== undefined) progress.wait = undefined
    wait?.abort()
    call.retryAfterMs = undefined
    return this.#end('abandoned')
  }

  #announce(call: OngoingCall, slot: number, known: Progress | undefined, leastMs: number): void {
    const { baseDelayMs, random } = this.#options
    const progress = known ?? new Progress(baseDelayMs)
    call.tokens[slot] = progress
    progress.retries++
    progress.announcedIn = call.attempt
    const dice = this.guard(random, Number.NaN)
    const roll = dice >= 0 && dice < 1 ? dice : Math.random()
    progress.delayMs = toDelayMs(this.#options, progress.retries, progress.delayMs, roll)
    const delayMs = Math.max(progress.delayMs, leastMs)
    if (call.canWait) this.#wait(call, progress, delayMs)
    else call.retryAfterMs = delayMs
  }

  #wait(call: OngoingCall, progress: Progress, delayMs: number): void {
    const wait = new AbortController()
    progress.wait = wait
    const goOn = (): void => {
      // Between the end of the wait and this turn, the call may have been given up.
      if (progress.wait === wait) call.again()
    }
    this.#options.clock.sleep(delayMs, { signal: wait.signal }).then(goOn, goOn)
  }

  #isRetryable(call: OngoingCall): boolean {
    const { isRetryable } = this.#options
    if (isRetryable === undefined) return call.refusal === undefined && !isRefusalError(call.value)
    return this.guard(() => isRetryable(call.error), false) === true
  }

  /** Who tells a permit of a result is not asked to come back. */
  #isRetryableResult(call: OngoingCall): boolean {
    const { isRetryableResult } = this.#options
    if (isRetryableResult === undefined || !call.canWait) return false
    return this.guard(() => isRetryableResult(call.value), false) === true
  }

  /** Milliseconds that what failed asks for. */
  #leastMs(call: OngoingCall): number {
    const { retryAfter } = this.#options
    const failure = call.error
    const ms =
      retryAfter === undefined
        ? readRetryAfterMs(failure)
        : this.guard(() => retryAfter(failure), readRetryAfterMs(failure))
    return typeof ms === 'number' && ms >= 0 ? ms : 0
  }

  /** A budget may be anybody's. */
  #deposit(): void {
    try {
      this.#budget?.deposit()
    } catch (error) {
      this.guard(() => {
        throw error
      }, undefined)
    }
  }

  #withdraw(): boolean {
    const budget = this.#budget
    return budget === undefined || this.guard(() => budget.withdraw(), false) === true
  }
}

/** Anything may be thrown, and a getter may throw, too. */
function readRetryAfterMs(failure: unknown): number | undefined {
  try {
    const { retryAfterMs } = failure as { retryAfterMs?: unknown }
    return Number.isFinite(retryAfterMs) ? (retryAfterMs as number) : undefined
  } catch {
    return undefined
  }
}
