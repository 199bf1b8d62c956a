import type { ResolvedScaleOptions } from './options.ts'

/** How many processes are wanted, and why. */
export interface ScalingReport {
  /** How many. */
  readonly wantedReplicas: number
  /** How many there were said to be. */
  readonly replicas: number
  /** How much of what a process can do is asked of it, smoothed: what is compared with the target. */
  readonly loadRatio: number
}

/** A rise counts in full after about a minute. */
const RISE_MS = 30_000
/** A fall counts when the load was low for so long, as by default in Kubernetes' HorizontalPodAutoscaler. */
const FALL_AFTER_MS = 300_000
/** The highest load is kept for so long each. */
const SLOT_MS = 10_000
/** As near to the target as this, nothing is wanted: the same autoscaler's default. */
const TOLERANCE = 0.1

interface Slot {
  readonly startedMs: number
  highest: number
}

/**
 * Smooths load into a number of processes: it rises within a minute and falls after five.
 *
 * @see Kubernetes, HorizontalPodAutoscaler: wanted = current * load / target, its tolerance and its stabilisation window.
 */
export class Scaler {
  readonly #options: ResolvedScaleOptions
  readonly #slots: Slot[] = []
  #lastAtMs: number | undefined
  #smooth = 0
  #replicas = 1

  /** @param options The target, and bounds. */
  constructor(options: ResolvedScaleOptions) {
    this.#options = options
  }

  /**
   * Takes a sample.
   *
   * @param nowMs The time.
   * @param loadRatio How much of what a process can do is asked of it.
   * @param replicas How many there are; `undefined` if nobody knows, which leaves it as it was.
   */
  add(nowMs: number, loadRatio: number, replicas: number | undefined): void {
    this.#replicas = replicas ?? this.#replicas
    const elapsedMs = this.#lastAtMs === undefined ? 0 : nowMs - this.#lastAtMs
    this.#lastAtMs = nowMs
    // From nothing: a process that just started is not measured yet.
    this.#smooth += (loadRatio - this.#smooth) * (1 - Math.exp(-elapsedMs / RISE_MS))
    const slot = this.#slots.at(-1)
    if (slot !== undefined && nowMs - slot.startedMs < SLOT_MS) slot.highest = Math.max(slot.highest, this.#smooth)
    else this.#slots.push({ startedMs: nowMs, highest: this.#smooth })
    while ((this.#slots[0] as Slot).startedMs + SLOT_MS <= nowMs - FALL_AFTER_MS) this.#slots.shift()
  }

  /** What is wanted now. */
  report(): ScalingReport {
    const { targetRatio, minReplicas, maxReplicas } = this.#options
    const loadRatio = Math.max(0, ...this.#slots.map(({ highest }) => highest))
    const share = loadRatio / targetRatio
    const isNear = Math.abs(share - 1) <= TOLERANCE
    const wanted = isNear ? this.#replicas : Math.ceil(this.#replicas * share)
    return {
      wantedReplicas: Math.min(maxReplicas, Math.max(minReplicas, wanted)),
      replicas: this.#replicas,
      loadRatio,
    }
  }
}
