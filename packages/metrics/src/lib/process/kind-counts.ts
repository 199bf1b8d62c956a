import type { Row } from '../series/family.ts'
import { createLabelSet, type LabelSet } from '../series/label-set.ts'

/** Node has some forty. Classes of handles can be anybody's. */
const MOST_KINDS = 60
const OTHER = 'other'

/** Counts things by kind. A kind that is gone is 0 from then on, so that its series does not end in the middle. */
export class KindCounts {
  readonly #labels = new Map<string, LabelSet>()

  /**
   * Counts.
   *
   * @param kinds The kind of each.
   */
  rows(kinds: Iterable<string>): readonly Row[] {
    const counts = new Map<string, number>()
    for (const kind of this.#labels.keys()) counts.set(kind, 0)
    for (const given of kinds) {
      const kind = this.#keep(given)
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    return [...counts].map(([kind, value]) => ({ labels: this.#labels.get(kind) as LabelSet, value }))
  }

  #keep(kind: string): string {
    if (this.#labels.has(kind)) return kind
    const kept = this.#labels.size < MOST_KINDS ? kind : OTHER
    if (!this.#labels.has(kept)) this.#labels.set(kept, createLabelSet({ type: kept }))
    return kept
  }
}

/** The name of a thing's class. */
export function classOf(thing: unknown): string {
  const name: unknown = (thing as object | undefined)?.constructor?.name
  return typeof name === 'string' && name !== '' ? name : OTHER
}
