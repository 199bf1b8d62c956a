import type { Policy } from '@breakwater/core'
import type { Token } from './token.ts'
import { type AsyncMethod, wrapMethod } from './wrap-method.ts'

/** Decorates a method that returns a promise. */
export type PolicyDecorator = <method extends AsyncMethod>(
  host: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<method>,
) => void

/**
 * Runs a method of a provider or controller under a policy that is injected: a circuit breaker, a timeout, or several in one.
 * What the method throws, and the policy's refusals, reach its caller unchanged.
 *
 * The method does not get the policy's signal: one that is to end when nobody awaits it any more calls `policy.execute` itself.
 * Of two of these, the upper one is the outer one.
 *
 * @param token The policy's token, as in `provides` of the module.
 *
 * @example
 * ```ts
 * class Payments {
 *   @WithPolicy(PAYMENTS)
 *   async charge(order: Order): Promise<Receipt> { … }
 * }
 * ```
 */
export function WithPolicy(token: Token<Policy>): PolicyDecorator {
  return wrapMethod<Policy>('policy', token, (policy, call) => policy.execute(call)) as PolicyDecorator
}
