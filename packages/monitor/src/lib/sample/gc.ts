/** Kinds of garbage collection, as V8 has them. */
export type GcKind = 'minor' | 'major' | 'incremental' | 'weak-callbacks'

/** Collections of one kind so far. */
export interface GcCount {
  /** How many. */
  readonly count: number
  /** Seconds that they took. */
  readonly seconds: number
}

/** Garbage collections so far, and their share of the last interval. */
export interface GcReading {
  /** By kind. */
  readonly kinds: Readonly<Record<GcKind, GcCount>>
  /** Share of the time that they took; `undefined` in the first interval. */
  readonly timeRatio: number | undefined
}

/** Node's `NODE_PERFORMANCE_GC_…` constants. */
const KINDS: ReadonlyMap<number, GcKind> = new Map([
  [1, 'minor'],
  [4, 'major'],
  [8, 'incremental'],
  [16, 'weak-callbacks'],
])

/** Counts garbage collections. */
export class GcCounts {
  readonly #kinds: Record<GcKind, { count: number; seconds: number }> = {
    minor: { count: 0, seconds: 0 },
    major: { count: 0, seconds: 0 },
    incremental: { count: 0, seconds: 0 },
    'weak-callbacks': { count: 0, seconds: 0 },
  }
  #seconds = 0
  #lastSeconds = 0
  #lastAt: number | undefined

  /**
   * Counts one.
   *
   * @param code Node's constant of its kind.
   * @param ms Milliseconds that it took.
   * @returns Its kind; `undefined` of one that V8 does not have yet.
   */
  add(code: number, ms: number): GcKind | undefined {
    const kind = KINDS.get(code)
    if (kind === undefined) return
    this.#kinds[kind].count++
    this.#kinds[kind].seconds += ms / 1_000
    this.#seconds += ms / 1_000
    return kind
  }

  /** All so far, by kind. */
  get kinds(): Readonly<Record<GcKind, GcCount>> {
    const { minor, major, incremental } = this.#kinds
    const weakCallbacks = this.#kinds['weak-callbacks']
    return {
      minor: { ...minor },
      major: { ...major },
      incremental: { ...incremental },
      'weak-callbacks': { ...weakCallbacks },
    }
  }

  /**
   * The share of the time since the last call that they took.
   *
   * @param nowSeconds The time, on a clock that is never set.
   */
  read(nowSeconds: number): number | undefined {
    const elapsed = this.#lastAt === undefined ? 0 : nowSeconds - this.#lastAt
    const timeRatio = elapsed > 0 ? Math.min(1, (this.#seconds - this.#lastSeconds) / elapsed) : undefined
    this.#lastAt = nowSeconds
    this.#lastSeconds = this.#seconds
    return timeRatio
  }
}
