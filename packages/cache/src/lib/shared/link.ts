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

/** What is wanted of the tier, and who hears how it ended. What they do with it must not throw. */
export interface TierCall<result> {
  /** Sends it. */
  send(tier: TierConnection): Promise<result>
  /** It was answered in time. */
  onAnswer(result: result): void
  /** It failed, took too long, or was not made at all: the last is told before {@link Link.send} returns. */
  onFailure(error: unknown): void
  /** Hears an answer that came after the limit: what it granted may have to be given back. */
  onLate?(result: result): void
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
  readonly #onTimeout: (underWay: UnderWay<unknown>) => void
  /** Calls that have not ended. */
  #underWay = 0
  #onIdle: (() => void) | undefined = undefined

  constructor(connection: TierConnection, deadlines: Deadlines, options: LinkOptions) {
    this.connection = connection
    this.#deadlines = deadlines
    this.#options = options
    this.#gate = new Gate(options.clock)
    const why = `it did not answer within ${options.tierTimeoutMs} ms`
    this.#onTimeout = (underWay) => this.#fail(underWay, new TierUnavailableError(why))
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
    return new Promise((resolve, reject) => {
      this.send({ send: run, onAnswer: resolve, onFailure: reject, ...(onLate && { onLate }) })
    })
  }

  /** The same without a promise, which costs as much as the rest of a call. */
  send<result>(call: TierCall<result>, nowMs: number = this.#options.clock.now()): void {
    if (!this.connection.isReady) return this.#refuse(call, 'it is not connected')
    const { policy } = this.#options
    if (policy !== undefined) return this.#sendBy(policy, call)
    if (!this.#gate.enter()) return this.#refuse(call, 'it failed a moment ago')
    this.#start(call, nowMs)
  }

  /** Resolves when no call is under way: each of them ends within its limit. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#underWay === 0) resolve()
      else this.#onIdle = resolve
    })
  }

  /** The log was heard of: the tier answers. */
  onSign(): void {
    this.#gate.succeed()
  }

  #refuse(call: Pick<TierCall<never>, 'onFailure'>, why: string): void {
    this.refusals++
    call.onFailure(new TierUnavailableError(why))
  }

  #sendBy<result>(policy: Policy, call: TierCall<result>): void {
    let hasFailed = false
    const onLate = (result: result): void => {
      if (hasFailed) call.onLate?.(result)
    }
    const run = (): Promise<result> =>
      new Promise((resolve, reject) => {
        const send = (tier: TierConnection): Promise<result> => call.send(tier)
        const onAnswer = (result: result): void => {
          // The policy may have given up earlier.
          onLate(result)
          resolve(result)
        }
        this.#start({ send, onAnswer, onFailure: reject, onLate }, this.#options.clock.now())
      })
    this.#underWay++
    policy.execute(run).then(
      (result) => {
        call.onAnswer(result)
        this.#end()
      },
      (error) => {
        hasFailed = true
        call.onFailure(error)
        this.#end()
      },
    )
  }

  #start<result>(call: TierCall<result>, nowMs: number): void {
    const underWay = new UnderWay(call, nowMs + this.#options.tierTimeoutMs, this.#onTimeout)
    this.#underWay++
    this.#deadlines.add(underWay)
    try {
      call.send(this.connection).then(
        (result) => this.#succeed(underWay, result),
        (error) => this.#fail(underWay, error),
      )
    } catch (error) {
      this.#fail(underWay, error)
    }
  }

  #succeed<result>(underWay: UnderWay<result>, result: result): void {
    // A late answer is one: the tier is there again.
    this.#gate.succeed()
    const { call, isOver } = underWay
    if (isOver) return call.onLate?.(result)
    underWay.isOver = true
    this.#deadlines.delete(underWay)
    call.onAnswer(result)
    this.#end()
  }

  #fail(underWay: UnderWay<unknown>, error: unknown): void {
    if (underWay.isOver) return
    underWay.isOver = true
    this.#deadlines.delete(underWay)
    this.failures++
    this.#gate.fail()
    underWay.call.onFailure(error)
    this.#end()
  }

  #end(): void {
    if (--this.#underWay > 0) return
    this.#onIdle?.()
  }
}

/** A call that waits for its answer. */
class UnderWay<result> implements Due {
  readonly call: TierCall<result>
  readonly dueMs: number
  /** Whether it was answered, or is taken for failed. */
  isOver = false
  readonly #onTimeout: (underWay: UnderWay<unknown>) => void

  constructor(call: TierCall<result>, dueMs: number, onTimeout: (underWay: UnderWay<unknown>) => void) {
    this.call = call
    this.dueMs = dueMs
    this.#onTimeout = onTimeout
  }

  onTimeout(): void {
    this.#onTimeout(this)
  }
}
