/**
 * What tests of code that uses these packages need: a clock that stands still until it is moved.
 *
 * @module
 */
export { createManualClock, type ManualClock, type ManualClockOptions } from './lib/testing/manual-clock.ts'
