import type { Refusal } from './policy.ts'

/** Makes the error of a refusal. */
export type RefusalErrorClass = new (policy: string, retryAfterMs: number) => Refusal['error']

/** Light, because it is made when there is least to spare: the error is made only for who reads it. */
export class LazyRefusal implements Refusal {
  readonly admitted: false = false
  readonly retryAfterMs: number
  readonly #policy: string
  readonly #error: RefusalErrorClass
  #made: Refusal['error'] | undefined

  constructor(policy: string, retryAfterMs: number, error: RefusalErrorClass) {
    this.#policy = policy
    this.retryAfterMs = retryAfterMs
    this.#error = error
  }

  get error(): Refusal['error'] {
    this.#made ??= new this.#error(this.#policy, this.retryAfterMs)
    return this.#made
  }
}

/** A permit was asked for an attempt that its policy does not allow. */
export function noAttempt(): Error {
  return new Error('Cannot retry as no attempt was announced: see what `fail` returned')
}
