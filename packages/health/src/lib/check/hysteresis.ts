import { type HealthStatus, STATUSES } from '../report.ts'

/**
 * Keeps a status steady: it becomes worse after so many results in a row that are all at least that bad, and better after so many
 * that are all at least that good. The first result counts at once.
 */
export class Hysteresis {
  readonly #failureThreshold: number
  readonly #successThreshold: number
  #status: HealthStatus | undefined = undefined
  /** For each status, how many results in a row were that bad or worse. */
  readonly #atLeast = [0, 0, 0]
  /** For each status, how many results in a row were that good or better. */
  readonly #atMost = [0, 0, 0]

  /**
   * @param failureThreshold Results that make it worse.
   * @param successThreshold Results that make it better.
   */
  constructor(failureThreshold: number, successThreshold: number) {
    this.#failureThreshold = failureThreshold
    this.#successThreshold = successThreshold
  }

  /** `undefined` before the first result. */
  get status(): HealthStatus | undefined {
    return this.#status
  }

  /** How many results in a row were unhealthy. */
  get failuresInARow(): number {
    return this.#atLeast[2] as number
  }

  /** Takes a result, and returns the status after it. */
  settle(result: HealthStatus): HealthStatus {
    const rank = STATUSES.indexOf(result)
    for (let level = 0; level < STATUSES.length; level++) {
      this.#atLeast[level] = rank >= level ? (this.#atLeast[level] as number) + 1 : 0
      this.#atMost[level] = rank <= level ? (this.#atMost[level] as number) + 1 : 0
    }
    this.#status = this.#next(result)
    return this.#status
  }

  /** Forgets everything: the next result counts at once. */
  reset(): void {
    this.#status = undefined
    this.#atLeast.fill(0)
    this.#atMost.fill(0)
  }

  #next(result: HealthStatus): HealthStatus {
    if (this.#status === undefined) return result
    const now = STATUSES.indexOf(this.#status)
    for (let level = STATUSES.length - 1; level > now; level--)
      if ((this.#atLeast[level] as number) >= this.#failureThreshold) return STATUSES[level] as HealthStatus
    for (let level = 0; level < now; level++)
      if ((this.#atMost[level] as number) >= this.#successThreshold) return STATUSES[level] as HealthStatus
    return this.#status
  }
}
