import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock } from '@breakwater/core'
import type { MonitorGcForced } from '../events.ts'
import type { ResolvedForceGcOptions } from './options.ts'

/** Forces garbage collections, now and then. */
export class ForcedGc {
  readonly #everyMs: number
  readonly #clock: Clock
  readonly #usedBytes: () => number
  readonly #emit: (event: MonitorGcForced) => void
  readonly #collect: () => void
  #lastAtMs = -Infinity
  #count = 0

  /**
   * @param options How often.
   * @param clock Where time comes from.
   * @param usedBytes How much of the heap is used.
   * @param emit Hears of it.
   * @throws {TypeError} If this Node cannot.
   */
  constructor(
    { everyMs }: ResolvedForceGcOptions,
    clock: Clock,
    usedBytes: () => number,
    emit: (event: MonitorGcForced) => void,
  ) {
    this.#everyMs = everyMs
    this.#clock = clock
    this.#usedBytes = usedBytes
    this.#emit = emit
    this.#collect = findGc()
  }

  /** How many there were. */
  get count(): number {
    return this.#count
  }

  /** Memory is critical. */
  offer(): void {
    const startedMs = this.#clock.now()
    if (startedMs - this.#lastAtMs < this.#everyMs) return
    const before = this.#usedBytes()
    this.#collect()
    this.#lastAtMs = this.#clock.now()
    this.#count++
    this.#emit({
      type: 'gc:forced',
      ms: this.#lastAtMs - startedMs,
      freedBytes: Math.max(0, before - this.#usedBytes()),
    })
  }
}

/** Node hides the function unless it was started with `--expose-gc`; a context that is made after the flag is set has it. */
function findGc(): () => void {
  if (typeof globalThis.gc === 'function') return globalThis.gc as () => void
  try {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    if (typeof collect === 'function') return collect as () => void
  } catch {
    // As below.
  }
  throw new TypeError('Expected Node to be started with --expose-gc, as `forceGc` is set')
}
