import type { Clock } from '@breakwater/core'
import type { Files } from './files.ts'

/** A file of the kernel takes microseconds, and a process whose quota is used up meanwhile waits for the next period of 100 ms. */
const SLOW_MS = 250
/** One slow reading is a process that had to wait for a CPU. */
const MOST_SLOW = 3
/** A file that failed or is slow is left alone for so long. */
const PAUSE_MS = 300_000

interface Trouble {
  slow: number
  untilMs: number
}

/** Leaves files alone that cannot be read, or hold the process up, as those of a hung file system in user space do. */
export class GuardedFiles implements Files {
  readonly #files: Files
  readonly #clock: Clock
  readonly #fail: (path: string, error: unknown) => void
  /** Only those that were slow or failed last. */
  readonly #troubles = new Map<string, Trouble>()

  /**
   * @param files Reads them.
   * @param clock Where time comes from.
   * @param fail Hears which file is left alone, and why.
   */
  constructor(files: Files, clock: Clock, fail: (path: string, error: unknown) => void) {
    this.#files = files
    this.#clock = clock
    this.#fail = fail
  }

  read(path: string): string | undefined {
    const trouble = this.#troubles.get(path)
    const startedMs = this.#clock.now()
    if (trouble !== undefined && startedMs < trouble.untilMs) return
    try {
      const text = this.#files.read(path)
      this.#settle(path, trouble, this.#clock.now() - startedMs)
      return text
    } catch (error) {
      this.#pause(path, error)
      return
    }
  }

  #settle(path: string, trouble: Trouble | undefined, tookMs: number): void {
    if (tookMs < SLOW_MS) {
      if (trouble !== undefined) this.#troubles.delete(path)
      return
    }
    const slow = (trouble?.slow ?? 0) + 1
    if (slow < MOST_SLOW) this.#troubles.set(path, { slow, untilMs: 0 })
    else this.#pause(path, new Error(`Cannot read "${path}" each time as that takes ${Math.round(tookMs)} ms`))
  }

  #pause(path: string, error: unknown): void {
    this.#troubles.set(path, { slow: 0, untilMs: this.#clock.now() + PAUSE_MS })
    this.#fail(path, error)
  }
}
