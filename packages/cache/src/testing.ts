/**
 * What tests need: cases for stores and tiers of your own, and Redis with its network in virtual time.
 *
 * @module
 */
export type { ConformanceCase } from './lib/conformance/case.ts'
export { type StoreLimits, storeConformance } from './lib/conformance/store-conformance.ts'
export { type CreateTier, tierConformance } from './lib/conformance/tier-conformance.ts'
export type { TierUnderTest } from './lib/conformance/tier-setting.ts'
export type { Way } from './lib/testing/link.ts'
export { type ShrinkOptions, shrinkActions } from './lib/testing/shrink.ts'
export type { InFlight } from './lib/testing/simulated-connection.ts'
export type { RestartData } from './lib/testing/simulated-redis.ts'
export {
  createSimulation,
  type SimulatedProcess,
  type Simulation,
  type SimulationOptions,
} from './lib/testing/simulation.ts'
export type { WorldAction } from './lib/testing/world-actions.ts'
