import { createRandom } from '@breakwater/testing/simulation'
import type { Round } from './statistics.ts'

/**
 * Measures everything once per round, each round in an order of its own: not all of one, then all of the other, so that
 * a machine that slows down slows all of them, and nobody always comes first or after the same one.
 *
 * @param items What is measured.
 * @param rounds How many rounds.
 * @param seed The same one gives the same orders.
 * @param measure Measures one of them for a moment.
 */
export async function interleave<item extends { readonly name: string }>(
  items: readonly item[],
  rounds: number,
  seed: number,
  measure: (item: item, round: number) => number | PromiseLike<number>,
): Promise<Round[]> {
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const values: Record<string, number> = {}
    for (const item of shuffled(items, seed + round)) values[item.name] = await measure(item, round)
    measured.push(values)
  }
  return measured
}

/**
 * The same items in another order.
 *
 * @param items What is put into order; left as it is.
 * @param seed Decides the order.
 */
export function shuffled<item>(items: readonly item[], seed: number): readonly item[] {
  const random = createRandom(seed)
  const copy = [...items]
  for (let last = copy.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1))
    const swapped = copy[last] as item
    copy[last] = copy[other] as item
    copy[other] = swapped
  }
  return copy
}
