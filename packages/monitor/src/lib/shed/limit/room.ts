/**
 * The queue that is wanted, to keep what is called busy: so many square roots of what is worked on, and at least such a share of it, or
 * so many. Our choice: two resources that are short at once need a queue each.
 */
const ROOTS = 1.5
const LEAST_SHARE = 0.1
const LEAST_QUEUE = 2
/** Up to just what can be done, so many times the limit may be under way, or so many more: bursts are no overload. Our choice. */
const LOOSE = 3
const LEAST_BURST = 25

/**
 * Adds the queue that is wanted.
 *
 * @param knee How many can be worked on at once.
 */
export function withRoom(knee: number): number {
  return knee + Math.max(ROOTS * Math.sqrt(knee), LEAST_SHARE * knee, LEAST_QUEUE)
}

/**
 * How many may be under way: the limit where it is strict, and the less so the more.
 *
 * @param limit The limit.
 * @param strictness From 0 to 1.
 */
export function roomyLimit(limit: number, strictness: number): number {
  const loose = Math.max(LOOSE * limit, limit + LEAST_BURST)
  return loose * (limit / loose) ** strictness
}
