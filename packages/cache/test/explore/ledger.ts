import { KEYS } from './steps.ts'

/** A moment: two of them at the same virtual time still have an order. */
export interface Moment {
  readonly ms: number
  readonly order: number
}

/** Not yet. */
export const NEVER: Moment = { ms: Number.POSITIVE_INFINITY, order: Number.POSITIVE_INFINITY }

/** A change that a process asked its cache for. */
export interface Change {
  readonly id: number
  readonly how: string
  /** Number of the process in the world. */
  readonly node: number
  /** For each key that it covers, the version that the source had: no older one may be served for long. */
  readonly versions: ReadonlyMap<number, number>
  readonly called: Moment
  ended: Moment
  /** `applied`, `queued`, or what else came. */
  result: unknown
  /** When a server began again with data that may be older than it. */
  shakenMs: number
}

/** A call of a loader. */
export interface Load {
  readonly id: number
  readonly node: number
  readonly keys: readonly number[]
  /** When the call was made that brought the loader. */
  readonly wanted: Moment
  readonly began: Moment
  /** When it read the source. */
  read: Moment
  /** When it returned, threw, or was told to stop. */
  ended: Moment
  /** What it threw, or why it was told to stop. */
  error: unknown
  /** How it ended. */
  end: 'value' | 'threw' | 'aborted' | undefined
}

/** A call that somebody made. */
export interface Call {
  readonly id: number
  readonly what: 'read' | 'write'
  readonly how: string
  readonly node: number
  readonly keys: readonly number[]
  readonly called: Moment
  ended: Moment
}

/** A time in which something was wrong, or not as usual. */
interface Trouble {
  /** Which process; `undefined` for all. */
  readonly node: number | undefined
  readonly fromMs: number
  untilMs: number
}

/** A process, as the ledger knows it. */
interface Life {
  readonly bornMs: number
  /** When it died or began to close. */
  endedMs: number
}

/** Milliseconds after trouble until everything is as usual: gates open and connections are made again. */
export const RECOVERY_MS = 7_000

/** Everything that happened in a schedule, so that it can be judged. */
export class Ledger {
  readonly changes: Change[] = []
  readonly loads: Load[] = []
  /** Calls that have not ended. */
  readonly open: Set<Call> = new Set()
  /** The version that the source has of each key. */
  readonly source: number[] = new Array<number>(KEYS).fill(1)
  /** Whether a server's clock jumped: lengths of time are not what they were. */
  isTimeBroken = false
  /** Processes that ended. */
  deaths = 0
  readonly #nowMs: () => number
  readonly #troubles: Trouble[] = []
  readonly #frozen: Trouble[] = []
  readonly #lives = new Map<number, Life>()
  /** When the state of a server was last lost, or may have been. */
  #lostMs = Number.NEGATIVE_INFINITY
  /** When what a server could tell of the past was erased. */
  readonly #erasedMs: number[] = []
  #snapshotOrder = -1
  #orders = 0

  /** @param nowMs Virtual time. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  /** Milliseconds, and the next number in the order of everything. */
  now(): Moment {
    return { ms: this.#nowMs(), order: this.#orders++ }
  }

  born(node: number): void {
    this.#lives.set(node, { bornMs: this.#nowMs(), endedMs: Number.POSITIVE_INFINITY })
  }

  died(node: number): void {
    const life = this.#lives.get(node)
    this.deaths++
    if (life !== undefined) life.endedMs = Math.min(life.endedMs, this.#nowMs())
    for (const call of [...this.open]) if (call.node === node) this.open.delete(call)
  }

  /** When a process began. */
  birthOf(node: number): number {
    return this.#lives.get(node)?.bornMs ?? Number.NEGATIVE_INFINITY
  }

  /** When a process ended; `Infinity` if it did not. */
  endOf(node: number): number {
    return this.#lives.get(node)?.endedMs ?? Number.NEGATIVE_INFINITY
  }

  /** Something is not as usual, for a process or for all. */
  trouble(node: number | undefined, forMs: number): void {
    const fromMs = this.#nowMs()
    this.#troubles.push({ node, fromMs, untilMs: fromMs + forMs })
  }

  /** A process does not run. */
  freeze(node: number, forMs: number): void {
    const fromMs = this.#nowMs()
    this.#frozen.push({ node, fromMs, untilMs: fromMs + forMs })
  }

  /** Everything that lasts has ended. */
  heal(): void {
    const nowMs = this.#nowMs()
    for (const trouble of [...this.#troubles, ...this.#frozen]) trouble.untilMs = Math.min(trouble.untilMs, nowMs)
  }

  /** What the server has now is what it may begin with again. */
  snapshot(): void {
    this.#snapshotOrder = this.#orders++
  }

  /** A server began again, perhaps with older data, or has lost some. */
  lose(isOlder: boolean): void {
    this.#lostMs = this.#nowMs()
    if (!isOlder) return this.erase()
    for (const change of this.changes) if (change.ended.order > this.#snapshotOrder) change.shakenMs = this.#lostMs
  }

  /** How many changes may have been logged between a time and a moment. */
  changesSince(ms: number, until: Moment): number {
    return this.changes.filter(({ called, ended }) => ended.ms >= ms && called.order < until.order).length
  }

  /** Nobody can see any more when, or whether, something changed before. */
  erase(): void {
    this.#erasedMs.push(this.#nowMs())
  }

  /** Whether that happened in some time. */
  wasErased(fromMs: number, toMs: number): boolean {
    return this.#erasedMs.some((ms) => ms >= fromMs && ms <= toMs)
  }

  /** Whether state of a server may have been lost at this time or later. */
  wasLostSince(ms: number): boolean {
    return this.#lostMs >= ms
  }

  /** Whether nothing was wrong for a process (or for any, if none is named) for so long that all is as usual. */
  isCalm(node: number | undefined, fromMs: number, toMs: number): boolean {
    const since = fromMs - RECOVERY_MS
    for (const trouble of this.#troubles) {
      if (trouble.untilMs < since || trouble.fromMs > toMs) continue
      if (node === undefined || trouble.node === undefined || trouble.node === node) return false
    }
    return true
  }

  /** When a process was first as usual again, for long enough to have done all it has to do, after some time. */
  calmAfter(node: number, ms: number): number {
    let calmMs = ms + RECOVERY_MS
    for (let isMoved = true; isMoved; ) {
      isMoved = false
      for (const trouble of this.#troubles) {
        if (trouble.node !== undefined && trouble.node !== node) continue
        if (trouble.fromMs > calmMs || trouble.untilMs + RECOVERY_MS <= calmMs) continue
        calmMs = trouble.untilMs + RECOVERY_MS
        isMoved = true
      }
    }
    return calmMs
  }

  /** Milliseconds of a time in which a process did not run. */
  frozenMs(node: number, fromMs: number, toMs: number): number {
    return covered(
      this.#frozen.filter((time) => time.node === node),
      fromMs,
      toMs,
    )
  }

  /** Whether any load of a call's keys began while it was open. */
  hasLoads({ keys, called }: Call): boolean {
    return this.loads.some((load) => load.began.order > called.order && load.keys.some((key) => keys.includes(key)))
  }

  /** Milliseconds of a time in which nobody was loading a key, and the process ran. */
  idleMs(node: number, key: number, fromMs: number, toMs: number): number {
    const busy: { fromMs: number; untilMs: number }[] = this.#frozen.filter((time) => time.node === node)
    for (const load of this.loads)
      if (load.keys.includes(key))
        busy.push({ fromMs: load.began.ms, untilMs: Math.min(load.ended.ms, this.endOf(load.node)) })
    return toMs - fromMs - covered(busy, fromMs, toMs)
  }
}

/** How much of a time is covered by others. */
function covered(times: readonly { fromMs: number; untilMs: number }[], fromMs: number, toMs: number): number {
  let sum = 0
  let reached = fromMs
  for (const time of [...times].sort((one, other) => one.fromMs - other.fromMs)) {
    const start = Math.max(time.fromMs, reached)
    const end = Math.min(time.untilMs, toMs)
    if (end <= start) continue
    sum += end - start
    reached = end
  }
  return sum
}
