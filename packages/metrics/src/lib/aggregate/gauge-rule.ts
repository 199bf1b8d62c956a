/** How several processes' values of a gauge become one. */
export type GaugeRule = 'sum' | 'max' | 'min'

/** What is no amount: adding up two of them means nothing. */
const NOT_AMOUNTS = /_(seconds|ratio|celsius|info|state|status|healthy|level|limit|enabled|open|up)$/
/** The oldest process, and the one that runs out first. */
const LEAST = new Set(['process_start_time_seconds', 'process_max_fds'])

/**
 * How a gauge of many processes becomes one if nobody says else: amounts, such as bytes and what is in flight, are
 * added up; times, ratios, limits and states are the largest, or the smallest where that is the one to look at.
 *
 * @param name The gauge's.
 */
export function ruleOf(name: string): GaugeRule {
  if (LEAST.has(name)) return 'min'
  return NOT_AMOUNTS.test(name) ? 'max' : 'sum'
}
