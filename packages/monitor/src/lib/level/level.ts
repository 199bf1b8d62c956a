import type { LevelRules, Thresholds } from './options.ts'

/** How something is: `ok`, `warning` when it is high, `critical` when it is too high. */
export type Level = 'ok' | 'warning' | 'critical'

/** A change of a level. */
export interface LevelChange {
  /** What it was. */
  readonly from: Level
  /** What it is now. */
  readonly to: Level
  /** The threshold that was crossed, up or down. */
  readonly threshold: number
}

/** A level is left when the number is below its threshold by this share of it: it does not flutter around the threshold. */
const RELEASE_RATIO = 0.9

const RANKS: Readonly<Record<Level, number>> = { ok: 0, warning: 1, critical: 2 }

/** The worst of some levels. */
export function worstOf(levels: Iterable<Level>): Level {
  let worst: Level = 'ok'
  for (const level of levels) if (RANKS[level] > RANKS[worst]) worst = level
  return worst
}

/** What a level counts as in measures. */
export function rankOf(level: Level): number {
  return RANKS[level]
}

/** Samples in a row on one side of a threshold. */
class Run {
  readonly #threshold: number
  over = 0
  under = 0

  constructor(threshold: number) {
    this.#threshold = threshold
  }

  add(value: number): void {
    this.over = value >= this.#threshold ? this.over + 1 : 0
    this.under = value < this.#threshold * RELEASE_RATIO ? this.under + 1 : 0
  }
}

/** Turns a series of numbers into a level that is steady. */
export class SignalLevel {
  readonly #rules: LevelRules
  #thresholds: Thresholds
  #level: Level = 'ok'
  #warning: Run
  #critical: Run

  /**
   * @param thresholds From where on a number is too high.
   * @param rules When the level changes.
   */
  constructor(thresholds: Thresholds, rules: LevelRules) {
    this.#thresholds = thresholds
    this.#rules = rules
    this.#warning = new Run(thresholds.warning)
    this.#critical = new Run(thresholds.critical)
  }

  /** The thresholds that hold now. */
  get thresholds(): Thresholds {
    return this.#thresholds
  }

  /** Sets others. The level stays as it is until there are enough samples that were held against them. */
  set thresholds(thresholds: Thresholds) {
    this.#thresholds = thresholds
    this.#startRuns()
  }

  /** The level after the last sample. */
  get level(): Level {
    return this.#level
  }

  /**
   * Takes a sample.
   *
   * @param value The number; `undefined` if nobody knows it, which is `ok` at once.
   * @returns The change, if there is one.
   */
  add(value: number | undefined): LevelChange | undefined {
    const from = this.#level
    this.#level = value === undefined ? this.#forget() : this.#next(value)
    if (this.#level === from) return
    const crossed = RANKS[this.#level] > RANKS[from] ? this.#level : from
    const { warning, critical } = this.thresholds
    return { from, to: this.#level, threshold: crossed === 'critical' ? critical : warning }
  }

  #forget(): Level {
    this.#startRuns()
    return 'ok'
  }

  #startRuns(): void {
    this.#warning = new Run(this.thresholds.warning)
    this.#critical = new Run(this.thresholds.critical)
  }

  #next(value: number): Level {
    this.#warning.add(value)
    this.#critical.add(value)
    const { raiseAfter, clearAfter } = this.#rules
    if (this.#critical.over >= raiseAfter) return 'critical'
    if (this.#warning.under >= clearAfter) return 'ok'
    if (this.#level === 'critical' && this.#critical.under >= clearAfter) return 'warning'
    if (this.#level === 'ok' && this.#warning.over >= raiseAfter) return 'warning'
    return this.#level
  }
}
