import { AsyncResource } from 'node:async_hooks'
import { AttemptContext } from './context.ts'
import type { CallContext, FailureOutcome, Outcome, Refusal } from './policy.ts'
import { AGAIN, type OngoingCall, type Route, type Run, type Stage, WAITING } from './stage.ts'

/** Nobody gave the call up. */
const NOBODY = Number.MAX_SAFE_INTEGER
/** The caller stands outside of every stage. */
const CALLER = -1

/**
 * One call through any number of stages, without a promise or a closure for each of them: the stages are walked inwards,
 * the function runs, and they are walked outwards.
 */
export class Call implements OngoingCall {
  readonly tokens: unknown[]
  readonly signal: AbortSignal | undefined
  readonly canWait: boolean
  attempt = 1
  ok = false
  value: unknown = undefined
  refusal: Refusal | undefined = undefined
  retryAfterMs: number | undefined = undefined
  readonly #route: Route
  readonly #run: Run | undefined
  #resolve: ((value: unknown) => void) | undefined = undefined
  /** Without it, failures resolve as well. */
  #reject: ((error: unknown) => void) | undefined = undefined
  /** Of the caller, if something may have to run in it after a timer's turn. */
  readonly #scope: AsyncResource | undefined
  /** How many stages it is in, with the one that lets it wait. While one is left: the slot of that one. */
  #depth = 0
  /** Slot of the stage that gave it up. */
  #givenUpBy = NOBODY
  /** Of the latest attempt. */
  #context: AttemptContext | undefined = undefined
  /** Whether that attempt is under way. */
  #isRunning = false
  /** While stages are walked, whoever gives up has to wait until the walk is over. */
  #isWalking = false
  #pending: { readonly slot: number; readonly error: unknown } | undefined = undefined
  #isOver = false

  /**
   * @param route The stages.
   * @param run What it runs; nothing behind `tryAcquire`, where the holder of the permit does.
   * @param signal The caller's.
   */
  constructor(route: Route, run: Run | undefined, signal: AbortSignal | undefined) {
    this.tokens = new Array(route.stages.length)
    this.#route = route
    this.#run = run
    this.signal = signal
    this.canWait = run !== undefined
    this.#scope = route.keepsContext ? new AsyncResource('BreakwaterCall') : undefined
  }

  /** Makes it, and promises its result. */
  toResult(): Promise<unknown> {
    this.start()
    if (this.#isOver) return this.ok ? Promise.resolve(this.value) : rejectSoon(this.error)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** Makes it, and promises how it ends. */
  toOutcome(): Promise<Outcome<unknown>> {
    this.start()
    if (this.#isOver) return Promise.resolve(this.#outcome)
    return new Promise<unknown>((resolve) => {
      this.#resolve = resolve
    }) as Promise<Outcome<unknown>>
  }

  get error(): unknown {
    return this.refusal === undefined ? this.value : this.refusal.error
  }

  get abandoned(): boolean {
    return this.#depth > this.#givenUpBy
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Of the latest attempt, if there was one. */
  get attemptSignal(): AbortSignal | undefined {
    return this.#context?.signal
  }

  start(): void {
    if (this.signal !== undefined) {
      if (this.signal.aborted) return this.#end(false, this.signal.reason)
      this.signal.addEventListener('abort', this)
    }
    this.#goIn()
  }

  /** The holder of a permit tells how the attempt under way ended. */
  tell(ok: boolean, value: unknown): void {
    if (!this.#isRunning) return
    this.#isRunning = false
    this.ok = ok
    this.value = value
    this.#goOut()
  }

  /** The holder of a permit has nothing to tell. */
  release(): void {
    this.#interrupt(CALLER, undefined)
  }

  /** The caller's signal aborted. */
  handleEvent(): void {
    this.#interrupt(CALLER, this.signal?.reason)
  }

  admit(): void {
    this.#goIn()
  }

  refuse(refusal: Refusal): void {
    this.#refuse(refusal)
    this.#depth--
    this.#goOut()
  }

  again(): void {
    this.attempt++
    this.retryAfterMs = undefined
    this.#goIn()
  }

  giveUp(slot: number, error: unknown): void {
    if (slot >= this.#depth) return
    if (this.#scope === undefined) this.#interrupt(slot, error)
    else this.#scope.runInAsyncScope(this.#interrupt, this, slot, error)
  }

  windDown(slot: number, error: unknown): void {
    if (!this.#isRunning) return this.giveUp(slot, error)
    if (slot >= this.#depth) return
    this.#givenUpBy = Math.min(this.#givenUpBy, slot)
    this.abort(error)
  }

  abort(reason: unknown): void {
    if (this.#context !== undefined) AttemptContext.abort(this.#context, reason)
  }

  #goIn(): void {
    this.#isWalking = true
    const { stages } = this.#route
    while (this.#depth < stages.length) {
      const slot = this.#depth++
      const entry = (stages[slot] as Stage).enter(this, slot)
      if (entry === undefined) continue
      if (entry === WAITING) return this.#rest()
      this.#depth = slot
      this.#refuse(entry)
      return this.#goOut()
    }
    this.#attempt(this.#run)
  }

  #attempt(run: Run | undefined): void {
    const context = new AttemptContext(this.attempt, this.signal, this.#route.mayAbort)
    this.#context = context
    this.#isRunning = true
    this.#rest()
    // Who gave up during the walk was heard just now.
    if (run === undefined || !this.#isRunning) return
    toPromise(run, context).then(
      (value) => this.#settle(context, true, value),
      (error) => this.#settle(context, false, error),
    )
  }

  /** Only the attempt under way is heard: an earlier one was given up. */
  #settle(context: AttemptContext, ok: boolean, value: unknown): void {
    if (this.#context === context) this.tell(ok, value)
  }

  #goOut(): void {
    const { stages } = this.#route
    this.#isWalking = true
    while (this.#depth > 0) {
      const slot = --this.#depth
      const next = (stages[slot] as Stage).leave(this, slot)
      if (next === undefined) continue
      this.#depth = slot + 1
      this.#givenUpBy = NOBODY
      this.refusal = undefined
      return next === AGAIN ? this.#rest() : this.#attempt(next)
    }
    this.#end(this.ok, this.value)
  }

  /** A walk ends, and the call goes on later. Who gave up meanwhile is heard now. */
  #rest(): void {
    this.#isWalking = false
    const pending = this.#pending
    this.#pending = undefined
    if (pending !== undefined && pending.slot < this.#depth) this.#interrupt(pending.slot, pending.error)
  }

  #interrupt(slot: number, error: unknown): void {
    if (this.#isOver) return
    if (this.#isWalking) {
      if (this.#pending === undefined || slot < this.#pending.slot) this.#pending = { slot, error }
      return
    }
    const wasRunning = this.#isRunning
    this.#isRunning = false
    this.#givenUpBy = Math.min(this.#givenUpBy, slot)
    this.ok = false
    this.value = error
    this.refusal = undefined
    // Who listens to the signal may give up as well: whoever was first holds.
    this.#isWalking = true
    if (wasRunning) this.abort(error)
    this.#goOut()
  }

  #refuse(refusal: Refusal): void {
    this.ok = false
    this.value = undefined
    this.refusal = refusal
  }

  #end(ok: boolean, value: unknown): void {
    this.ok = ok
    this.value = value
    this.#isOver = true
    this.signal?.removeEventListener('abort', this)
    if (this.#reject === undefined) this.#resolve?.(this.#outcome)
    else if (ok) this.#resolve?.(value)
    else this.#reject(this.error)
  }

  get #outcome(): Outcome<unknown> {
    const { ok, value, refusal } = this
    if (ok) return { ok, value }
    return refusal === undefined ? { ok, error: value, refusal } : new RefusedOutcome(refusal)
  }
}

/**
 * What a function returns, as a promise: a native one as it is, since to adopt it would take two more turns.
 *
 * @param run The function.
 * @param context What it is handed.
 */
export function toPromise(run: Run, context: CallContext): Promise<unknown> {
  try {
    const returned = run(context)
    return returned instanceof Promise && returned.constructor === Promise ? returned : Promise.resolve(returned)
  } catch (error) {
    return Promise.reject(error)
  }
}

const settled = Promise.resolve()

/**
 * Rejects a moment later, when the caller has had the time to await it: what is rejected while nobody awaits it is entered
 * in Node's list of unhandled rejections and taken off again, which costs three times as much as all the rest.
 *
 * @param error What it is rejected with.
 */
export function rejectSoon(error: unknown): Promise<never> {
  return new Promise((_, reject) => {
    void settled.then(() => reject(error))
  })
}

/** The error of a refusal is made for who reads it. */
export class RefusedOutcome implements FailureOutcome {
  readonly ok: false = false
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    this.refusal = refusal
  }

  get error(): unknown {
    return this.refusal.error
  }
}
