import { basename, dirname, join } from 'node:path'
import { type Clock, hasCode } from '@breakwater/core'
import type { CompressionFailed, RetentionFailed } from './events.ts'
import type { ResolvedRotationOptions } from './options.ts'
import { createNameParser } from './rotated-name.ts'
import { nodeUpkeepFiles, type UpkeepFiles } from './upkeep-files.ts'

/** By then every process that writes has noticed that the file was rotated. Our choice. */
const COMPRESS_AFTER_MS = 5_000
/** Whoever compresses writes all the time: one that nobody has written for so long is left of a crash. */
const STALE_MS = 30_000
/** How long `close` waits for what is under way. */
const CLOSE_WITHIN_MS = 5_000
const LEAST_WAIT_MS = 100

/** One that was rotated, in whichever forms it is there. */
interface Rotated {
  readonly base: string
  readonly stampMs: number
  readonly number: number
  readonly suffixes: Set<string>
}

/** What rotated files are looked after with. */
export interface UpkeepHost {
  readonly clock: Clock
  readonly rotate: ResolvedRotationOptions
  tell(event: CompressionFailed | RetentionFailed): void
}

/** Compresses and removes the rotated files of one path, and no others: one thing at a time, in the background. */
export class Upkeep {
  readonly #folder: string
  readonly #parse: ReturnType<typeof createNameParser>
  readonly #host: UpkeepHost
  readonly #files: UpkeepFiles
  readonly #abort = new AbortController()
  #running: Promise<void> | undefined
  #isWanted = false
  #isClosed = false
  #stopTimer: () => void = () => {}

  /**
   * @param path The file that is rotated.
   * @param host How they are kept.
   * @param files Where they are.
   */
  constructor(path: string, host: UpkeepHost, files: UpkeepFiles = nodeUpkeepFiles) {
    this.#folder = dirname(path)
    this.#parse = createNameParser(basename(path))
    this.#host = host
    this.#files = files
  }

  /** Does what is due, soon: at the start, and after each rotation. */
  run(): void {
    if (this.#isClosed) return
    this.#stopTimer()
    this.#isWanted = true
    this.#running ??= this.#runAll()
  }

  /** Waits for what is under way, for a while. What is not due yet is left to the next start. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#stopTimer()
    const stopTimer = this.#host.clock.after(CLOSE_WITHIN_MS, () => this.#abort.abort())
    await this.#running
    stopTimer()
  }

  async #runAll(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false
      const nextMs = await this.#tidy()
      if (nextMs === Number.POSITIVE_INFINITY || this.#isClosed || this.#isWanted) continue
      this.#stopTimer = this.#host.clock.after(Math.max(nextMs, LEAST_WAIT_MS), () => this.run())
    }
    this.#running = undefined
  }

  /** Returns in how many milliseconds something else is due. */
  async #tidy(): Promise<number> {
    const { keepFiles, keepForMs } = this.#host.rotate
    const nowMs = this.#host.clock.epoch()
    const all = await this.#list()
    let nextMs = Number.POSITIVE_INFINITY
    let index = 0
    const kept: Rotated[] = []
    for (const rotated of all) {
      const isDraft = rotated.suffixes.size === 1 && rotated.suffixes.has('.gz.tmp')
      const leftMs = rotated.stampMs + keepForMs - nowMs
      if (!isDraft && (index++ >= keepFiles || leftMs <= 0)) await this.#remove(rotated, rotated.suffixes)
      else kept.unshift(rotated)
      if (leftMs > 0) nextMs = Math.min(nextMs, leftMs)
    }
    // The oldest first.
    for (const rotated of kept) nextMs = Math.min(nextMs, await this.#compress(rotated, nowMs))
    return nextMs
  }

  /** The newest first. */
  async #list(): Promise<readonly Rotated[]> {
    const found = new Map<string, Rotated>()
    try {
      for (const name of await this.#files.list(this.#folder)) {
        const parsed = this.#parse(name)
        if (parsed === undefined) continue
        const rotated = found.get(parsed.base) ?? { ...parsed, suffixes: new Set() }
        rotated.suffixes.add(parsed.suffix)
        found.set(parsed.base, rotated)
      }
    } catch (error) {
      this.#host.tell({ type: 'retention:failed', error, path: this.#folder })
    }
    return [...found.values()].sort((a, b) => b.stampMs - a.stampMs || b.number - a.number)
  }

  /** Returns in how many milliseconds there is more to do with it. */
  async #compress(rotated: Rotated, nowMs: number): Promise<number> {
    const { suffixes, stampMs } = rotated
    // It was finished, but for the last step.
    if (suffixes.has('.gz')) {
      await this.#remove(
        rotated,
        [...suffixes].filter((suffix) => suffix !== '.gz'),
      )
      return Number.POSITIVE_INFINITY
    }
    if (suffixes.has('.gz.tmp')) {
      const idleMs = await this.#idleMs(rotated)
      if (idleMs < STALE_MS) return STALE_MS - idleMs
      await this.#remove(rotated, ['.gz.tmp'])
    }
    if (!suffixes.has('') || !this.#host.rotate.compress) return Number.POSITIVE_INFINITY
    // One from the future is from before the clock was set.
    const waitMs = COMPRESS_AFTER_MS - Math.abs(nowMs - stampMs)
    if (waitMs > 0) return waitMs
    const path = join(this.#folder, rotated.base)
    try {
      await this.#files.compress(path, this.#abort.signal)
    } catch (error) {
      // Removed or done by another process, or given up.
      const isOthers = hasCode(error, 'ENOENT') || hasCode(error, 'EEXIST') || this.#abort.signal.aborted
      if (!isOthers) this.#host.tell({ type: 'compression:failed', error, path })
    }
    return Number.POSITIVE_INFINITY
  }

  /** How long nobody has written to what is being compressed. */
  async #idleMs({ base }: Rotated): Promise<number> {
    try {
      return Math.abs(this.#host.clock.epoch() - (await this.#files.writtenAt(join(this.#folder, `${base}.gz.tmp`))))
    } catch {
      return 0 // it is gone: somebody is at it
    }
  }

  async #remove({ base }: Rotated, suffixes: Iterable<string>): Promise<void> {
    for (const suffix of suffixes) {
      const path = join(this.#folder, base + suffix)
      try {
        await this.#files.remove(path)
      } catch (error) {
        this.#host.tell({ type: 'retention:failed', error, path })
      }
    }
  }
}
