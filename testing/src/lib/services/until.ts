import { setTimeout as sleep } from 'node:timers/promises'

/** Generous, as test machines may be busy. */
const LIMIT_MS = 60_000
const EVERY_MS = 40

/**
 * Waits until nothing is in the way any more.
 *
 * @param goal What is waited for, after "Cannot".
 * @param obstacle Says what is in the way, or nothing. What it throws is in the way as well.
 * @param limitMs Milliseconds after which it is given up.
 * @param everyMs Milliseconds between two looks.
 */
export async function until(
  goal: string,
  obstacle: () => Promise<string | undefined>,
  limitMs: number = LIMIT_MS,
  everyMs: number = EVERY_MS,
): Promise<void> {
  const endMs = performance.now() + limitMs
  for (;;) {
    const why = await obstacle().catch((error: Error) => error.message)
    if (why === undefined) return
    if (performance.now() > endMs) throw new Error(`Cannot ${goal} within ${limitMs} ms as ${why}`)
    await sleep(everyMs)
  }
}
