import { constants } from 'node:perf_hooks'
import { createHistogram, type Histogram } from '@breakwater/core'
import type { Row } from '../series/family.ts'
import { createLabelSet, type LabelSet } from '../series/label-set.ts'

/** Seconds; those of `prom-client`. */
const BOUNDS: readonly number[] = [0.001, 0.01, 0.1, 1, 2, 5]
/** V8 has more kinds of small collections than Node has constants. */
const MINOR_MARK_SWEEP = 2
const KINDS: ReadonlyMap<number, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [MINOR_MARK_SWEEP, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
])

/** Durations of garbage collections by kind. */
export class GcDurations {
  readonly #kinds = new Map<string, { readonly labels: LabelSet; readonly durations: Histogram }>()

  /**
   * Counts one.
   *
   * @param code Node's constant of its kind.
   * @param ms Milliseconds that it took.
   */
  record(code: number, ms: number): void {
    const kind = KINDS.get(code) ?? 'other'
    let counted = this.#kinds.get(kind)
    if (counted === undefined) {
      counted = { labels: createLabelSet({ kind }), durations: createHistogram({ bounds: BOUNDS }) }
      this.#kinds.set(kind, counted)
    }
    counted.durations.record(ms / 1_000)
  }

  /** One for each kind that there was. */
  rows(): readonly Row[] {
    return [...this.#kinds.values()].map(({ labels, durations }) => ({ labels, value: durations.snapshot() }))
  }
}
