import { positiveInteger } from '@breakwater/core'
import {
  type CircuitBreakerOptions,
  type ResolvedCircuitBreakerOptions,
  resolveCircuitBreakerOptions,
} from '../circuit-breaker/options.ts'

/** Options of `createCircuitBreakerRegistry`: of the registry, and of each circuit breaker in it. */
export interface CircuitBreakerRegistryOptions extends CircuitBreakerOptions {
  /** Name of the registry in events, errors and metrics. Keys are no labels: there may be many. */
  readonly name: string
  /**
   * Circuit breakers that are kept.
   *
   * @defaultValue `1_000`, our choice: some 500 kB
   */
  readonly maxEntries?: number | undefined
}

/**
 * Checks and copies the options of a registry.
 *
 * @param options What was given.
 * @throws {TypeError | RangeError} If one of them is wrong, naming it.
 */
export function resolveRegistryOptions({ maxEntries = 1_000, ...options }: CircuitBreakerRegistryOptions): {
  readonly maxEntries: number
  readonly breaker: ResolvedCircuitBreakerOptions
} {
  return { maxEntries: positiveInteger('maxEntries', maxEntries), breaker: resolveCircuitBreakerOptions(options) }
}
