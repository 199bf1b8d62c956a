/** From this share of what can be done on, it is taken for full: our choice. At 0.7 it never gets there. */
export const FULL = 0.95
/** What is counted is forgotten so fast, or slower where less comes. Our choice. */
export const FORGET_MS = 250
/** From here on, what may wait is as short as it gets. Our choice. */
const TIGHT_FROM = 1.5

/**
 * How strict to be: 0 up to just what can be done, 1 from half as much again on.
 *
 * @param demandRatio How much is wanted of what can be done.
 */
export function strictnessOf(demandRatio: number): number {
  return Math.min(Math.max((demandRatio - 1) / (TIGHT_FROM - 1), 0), 1)
}
