import type { Clock } from '@breakwater/core'
import { Backlog } from './backlog.ts'
import type { DestinationEvent } from './events.ts'
import { DONE, type Outlet, type Progress } from './outlet.ts'

const LEAST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 30_000
/** What fails again so soon has not recovered: it is not tried more often for that. */
const RECOVERED_AFTER_MS = 30_000
/** As the process ends, each way out has so long. Then it is more important that the process ends. */
const PATIENCE_MS = 1_000
/** A look at a reader that is slow. */
const GLANCE_MS = 5
/** A write that is refused costs ten times as much as one that is not: a burst of lines tries no more often. */
const LEAST_GLANCE_MS = 1

/** What lines are delivered with. */
export interface DeliveryHost {
  readonly clock: Clock
  /** Where lines belong, and what it is called. */
  readonly primary: Outlet
  readonly path: string
  /** Where they go if they cannot go there. */
  readonly fallback: Outlet | undefined
  readonly maxPendingBytes: number
  readonly droppedLine: (lines: number) => string
  tell(event: DestinationEvent): void
}

/**
 * Brings each line to one place, whole and in order: where it belongs, else to the fallback. Keeps what nobody takes now, within a
 * bound. Never throws.
 */
export class Delivery {
  /** Bytes that went where they belong. */
  writtenBytes = 0
  /** Bytes that went elsewhere. */
  divertedBytes = 0
  droppedLines = 0
  /** All bytes that it was given. */
  takenBytes = 0
  readonly #host: DeliveryHost
  readonly #backlog: Backlog
  /** Who has taken the beginning of the line that is under way. */
  #current: Outlet | undefined
  #isClosed = false
  #isStalled = false
  #isFailed = false
  #failedAtMs = 0
  #recoveredAtMs = Number.NEGATIVE_INFINITY
  #failures = 0
  #retryAtMs = 0
  #fallbackAtMs = 0
  #glanceAtMs = 0
  #patienceMs = 2 * PATIENCE_MS
  #gap: { lines: number; bytes: number } | undefined

  constructor(host: DeliveryHost) {
    this.#host = host
    this.#backlog = new Backlog({
      tellOf: (lines) => Buffer.from(this.#droppedLine(lines)),
      onTold: () => this.#closeGap(),
    })
    this.#current = host.primary
  }

  get isFailed(): boolean {
    return this.#isFailed
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#backlog.isEmpty
  }

  get pendingBytes(): number {
    return this.#backlog.bytes
  }

  /** When it is worth to {@link drain}, in milliseconds: soon where a reader is slow. */
  get retryInMs(): number {
    if (this.#isStalled) return GLANCE_MS
    const { clock, fallback } = this.#host
    const atMs = fallback === undefined ? this.#retryAtMs : Math.min(this.#retryAtMs, this.#fallbackAtMs)
    return Math.max(atMs - clock.now(), LEAST_RETRY_MS / 10)
  }

  /** Whether somebody reads what was written before, only slowly. */
  get isStalled(): boolean {
    return this.#isStalled
  }

  /**
   * Takes whole lines.
   *
   * @param text The lines.
   * @param length Their bytes in UTF-8.
   * @returns Whether nothing waits.
   */
  put(text: string, length: number): boolean {
    this.takenBytes += length
    const { primary } = this.#host
    let from = 0
    if (!this.#isFailed && !this.#isClosed && this.#backlog.isEmpty) {
      const progress = primary.writeText(text, length)
      if (progress === DONE) {
        this.writtenBytes += length
        return true
      }
      from = progress.to
      this.writtenBytes += from
      this.#current = primary
      if (progress.outcome === 'failed') this.#fail(progress.error)
    }
    this.#backlog.push(Buffer.from(text), from)
    if (!this.#isStalled || this.#host.clock.now() >= this.#glanceAtMs) this.drain()
    if (this.#backlog.bytes > this.#host.maxPendingBytes) this.#makeRoom()
    return this.#backlog.isEmpty
  }

  /** Writes what waits, as far as somebody takes it. */
  drain(): void {
    this.#isStalled = false
    for (let bytes = this.#backlog.head(); bytes !== undefined; bytes = this.#backlog.head()) {
      const outlet = this.#outlet()
      if (this.#turnTo(outlet)) continue
      if (outlet === undefined) return
      const from = this.#backlog.offset
      const progress = outlet.write(bytes, from)
      this.#note(outlet, progress.to - from)
      const goesOn = this.#settle(outlet, progress, progress.to > from)
      this.#backlog.advance(progress.to)
      if (!goesOn) return
    }
  }

  /** Goes on with another file, as after an outside rotation. */
  reopen(): void {
    this.drain()
    // Who asks for it may have put right what was wrong.
    this.#retryAtMs = 0
    try {
      this.#host.primary.reopen()
    } catch (error) {
      this.#fail(error)
    }
  }

  /**
   * Writes all that waits, as the process is about to end: to whoever takes it in time.
   *
   * @param wait Waits for so many milliseconds, on this turn.
   */
  finish(wait: (ms: number) => void): void {
    this.#drainPatiently(wait)
    if (this.#backlog.isEmpty) return
    if (this.#isFailed) this.#retryAtMs = 0
    else if (!this.#isClosed) this.#fail(this.#unread())
    this.#fallbackAtMs = 0
    this.#drainPatiently(wait)
    if (!this.#backlog.isEmpty) this.#drop(0)
  }

  /** Closes where lines belong: later ones go to the fallback, if there is another one. */
  close(): void {
    this.drain()
    if (this.#host.fallback === undefined) return
    this.#isClosed = true
    this.#turnTo(this.#outlet())
    this.#host.primary.close()
    this.drain()
  }

  #droppedLine(lines: number): string {
    let line: string
    try {
      line = String(this.#host.droppedLine(lines))
    } catch {
      line = JSON.stringify({ level: 'error', msg: `${lines} lines were dropped` })
    }
    return line.endsWith('\n') ? line : `${line}\n`
  }

  /** Who gets the next line: nobody if all have failed lately. */
  #outlet(): Outlet | undefined {
    const { clock, primary, fallback } = this.#host
    if (!this.#isFailed && !this.#isClosed) return primary
    const nowMs = clock.now()
    if (!this.#isClosed && nowMs >= this.#retryAtMs) {
      try {
        primary.reopen()
        return primary
      } catch (error) {
        this.#fail(error)
      }
    }
    return nowMs >= this.#fallbackAtMs ? fallback : undefined
  }

  /** A line that another one has begun is whole where it goes now. Returns whether there is another {@link Backlog.head} for that. */
  #turnTo(outlet: Outlet | undefined): boolean {
    if (outlet === this.#current) return false
    const isTorn = this.#backlog.rewind()
    if (isTorn && this.#current !== undefined) this.#current.isTorn = true
    this.#current = outlet
    return isTorn
  }

  #note(outlet: Outlet, bytes: number): void {
    if (outlet === this.#host.primary) this.writtenBytes += bytes
    else this.divertedBytes += bytes
  }

  /** Returns whether to go on. */
  #settle(outlet: Outlet, { outcome, error }: Progress, hasMoved: boolean): boolean {
    const isPrimary = outlet === this.#host.primary
    // One that is tried again has to take something.
    if (outcome === 'done' || (outcome === 'full' && (hasMoved || !isPrimary || !this.#isFailed))) {
      if (isPrimary && this.#isFailed) this.#recover()
      this.#isStalled = outcome === 'full'
      if (this.#isStalled) this.#glanceAtMs = this.#host.clock.now() + LEAST_GLANCE_MS
      return outcome === 'done'
    }
    if (isPrimary) this.#fail(error ?? this.#unread())
    else this.#fallbackAtMs = this.#host.clock.now() + LEAST_RETRY_MS
    return true
  }

  #fail(error: unknown): void {
    const { clock, path, tell } = this.#host
    const nowMs = clock.now()
    if (!this.#isFailed) {
      this.#isFailed = true
      this.#failedAtMs = nowMs
      if (nowMs - this.#recoveredAtMs >= RECOVERED_AFTER_MS) this.#failures = 0
      tell({ type: 'destination:failed', error, path })
    }
    this.#retryAtMs = nowMs + Math.min(LEAST_RETRY_MS * 2 ** this.#failures++, LONGEST_RETRY_MS)
  }

  #recover(): void {
    const { clock, path, tell } = this.#host
    this.#isFailed = false
    this.#recoveredAtMs = clock.now()
    tell({ type: 'destination:recovered', path, afterMs: this.#recoveredAtMs - this.#failedAtMs })
  }

  /** More waits than may. */
  #makeRoom(): void {
    const { fallback, maxPendingBytes } = this.#host
    if (!this.#isFailed && !this.#isClosed && fallback !== undefined) {
      this.#fail(this.#unread())
      this.drain()
    }
    if (this.#backlog.bytes > maxPendingBytes) this.#drop(maxPendingBytes)
  }

  #drop(maxBytes: number): void {
    this.#turnTo(undefined)
    const { lines, bytes } = this.#backlog.drop(maxBytes)
    this.droppedLines += lines
    const isNew = this.#gap === undefined
    this.#gap ??= { lines: 0, bytes: 0 }
    this.#gap.lines += lines
    this.#gap.bytes += bytes
    if (isNew) this.#host.tell({ type: 'lines:dropped', lines, bytes, isOver: false })
  }

  #closeGap(): void {
    if (this.#gap !== undefined) this.#host.tell({ type: 'lines:dropped', ...this.#gap, isOver: true })
    this.#gap = undefined
  }

  #unread(): Error {
    const { path } = this.#host
    return Object.assign(new Error(`Nobody reads "${path}", and ${this.#backlog.bytes} bytes wait for it`), {
      code: 'EAGAIN',
    })
  }

  #drainPatiently(wait: (ms: number) => void): void {
    const { clock } = this.#host
    const sinceMs = clock.now()
    const untilMs = sinceMs + Math.min(this.#patienceMs, PATIENCE_MS)
    for (this.drain(); this.#isStalled && clock.now() < untilMs; this.drain()) wait(GLANCE_MS)
    this.#patienceMs -= clock.now() - sinceMs
  }
}
