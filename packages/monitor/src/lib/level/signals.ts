import type { MonitorLevelChanged, MonitorPressureChanged, MonitorThresholdsSet } from '../events.ts'
import { type Level, SignalLevel, worstOf } from './level.ts'
import type { LevelRules, Thresholds } from './options.ts'

/** A signal at one moment. */
export interface SignalReport {
  /** Its level. */
  readonly level: Level
  /** The number at the last sample; `undefined` if it is not known. */
  readonly value: number | undefined
  /** From where on it is `warning`. */
  readonly warning: number
  /** From where on it is `critical`. */
  readonly critical: number
}

interface Signal {
  readonly name: string
  readonly read: () => number | undefined
  readonly state: SignalLevel
  value: number | undefined
}

type SignalEvent = MonitorLevelChanged | MonitorPressureChanged | MonitorThresholdsSet

/** All signals of a monitor, and the worst of their levels. */
export class Signals {
  readonly #rules: LevelRules
  readonly #emit: (event: SignalEvent) => void
  readonly #signals = new Map<string, Signal>()
  #level: Level = 'ok'

  /**
   * @param rules When levels change.
   * @param emit Hears of changes.
   */
  constructor(rules: LevelRules, emit: (event: SignalEvent) => void) {
    this.#rules = rules
    this.#emit = emit
  }

  /** The worst level. */
  get level(): Level {
    return this.#level
  }

  /** Whether there is one of that name. */
  has(name: string): boolean {
    return this.#signals.has(name)
  }

  /** Names of all. */
  get names(): readonly string[] {
    return [...this.#signals.keys()]
  }

  /** The level of one. */
  levelOf(name: string): Level {
    return this.#signals.get(name)?.state.level ?? 'ok'
  }

  /**
   * Adds a signal.
   *
   * @param name Its name.
   * @param thresholds From where on it is too high.
   * @param read Called at each sample. Never throws.
   */
  add(name: string, thresholds: Thresholds, read: () => number | undefined): void {
    this.#signals.set(name, { name, read, state: new SignalLevel(thresholds, this.#rules), value: undefined })
  }

  /**
   * Sets other thresholds of a signal that there is, and tells so.
   *
   * @param name Its name.
   * @param thresholds From where on it is too high.
   */
  setThresholds(name: string, thresholds: Thresholds): void {
    const signal = this.#signals.get(name)
    if (signal === undefined) return
    const from = signal.state.thresholds
    signal.state.thresholds = thresholds
    this.#emit({ type: 'thresholds:set', signal: name, from, to: thresholds })
  }

  /** Takes a sample of all of them, and tells what changed. */
  update(): void {
    for (const signal of this.#signals.values()) {
      signal.value = signal.read()
      const change = signal.state.add(signal.value)
      if (change !== undefined)
        this.#emit({ type: 'level:changed', signal: signal.name, value: signal.value, ...change })
    }
    const from = this.#level
    this.#level = worstOf([...this.#signals.values()].map(({ state }) => state.level))
    if (this.#level === from) return
    this.#emit({ type: 'pressure:changed', from, to: this.#level, signals: this.#loaded() })
  }

  /** All of them, by name. */
  report(): Readonly<Record<string, SignalReport>> {
    const entries = [...this.#signals.values()].map(({ name, state, value }): [string, SignalReport] => [
      name,
      { level: state.level, value, ...state.thresholds },
    ])
    return Object.fromEntries(entries)
  }

  /** Names of those that are not well. */
  #loaded(): readonly string[] {
    return [...this.#signals.values()].filter(({ state }) => state.level !== 'ok').map(({ name }) => name)
  }
}
