import { at, excerpt } from './excerpt.ts'
import type {
  ChangeRecord,
  EventRecord,
  LoadRecord,
  Occurrence,
  ReadRecord,
  Seen,
  StallRecord,
  UnansweredRecord,
} from './messages.ts'

/** Within which every connected process has heard of a change. */
const HEARD_MS = 250
/** Clocks of hits are this late, and so are timers of a busy machine. */
const COARSE_MS = 20
/** Until which a stall, or a command without an answer, is felt after its end. */
const AFTER_STALL_MS = 50
/** A connection that is dead without a word is noticed within 450 ms, and then another one is made. */
const NOTICED_MS = 1_500
/** For calls that no loader is needed for: six commands of 100 ms, and changes wait a second for the first contact. */
const CALL_LIMIT_MS = 1_850

/** A time in which something was wrong. */
export interface Trouble {
  /** For which process; `undefined` for all. */
  readonly node: number | undefined
  readonly fromMs: number
  readonly untilMs: number
}

/** A time in which servers forgot changes. Until its end, those made meanwhile are repeated. */
export interface Shake {
  readonly fromMs: number
  readonly untilMs: number
}

/** Everything that is judged. */
export interface Log {
  readonly occurrences: readonly Occurrence[]
  readonly troubles: readonly Trouble[]
  readonly shakes: readonly Shake[]
  /** When processes were killed. */
  readonly deaths: ReadonlyMap<number, number>
  readonly maxStalenessMs: number
  readonly leaseMs: number
  readonly hardTimeoutMs: number
}

/** What was judged, and what is wrong. */
export interface Verdict {
  readonly problems: readonly string[]
  /** What happened around the first problem with a key. */
  readonly excerpt: string
  readonly reads: number
  readonly changes: number
  readonly queued: number
  readonly loads: number
  /** Times that a process lost its place in a log. */
  readonly lost: number
  /** Reads that had to know of a change by another process within 250 ms. */
  readonly strict: number
  /** Reads that had to know of one within `maxStalenessMs`. */
  readonly loose: number
  /** Pairs of loads that were looked at. */
  readonly pairs: number
  /** The longest call of what needs no loader. */
  readonly longestMs: number
  /** Milliseconds of all stalls. */
  readonly stalledMs: number
  /** Those of them in which the process itself was busy. */
  readonly busyMs: number
  /** Calls of the tier that were not answered in time, or not made: without any, the tier did all that it is there for. */
  readonly unanswered: number
}

/**
 * Judges what several processes did with one source: whether reads were too old, loads too many, calls too long.
 *
 * @param log What they told.
 */
export function judge(log: Log): Verdict {
  return new Judge(log).judge()
}

class Judge {
  readonly #log: Log
  readonly #problems: string[] = []
  readonly #reads: readonly ReadRecord[]
  readonly #changes: readonly ChangeRecord[]
  readonly #loads: readonly LoadRecord[]
  readonly #stalls: readonly StallRecord[]
  /** Times in which a process had to do without the tier. */
  readonly #unanswered: readonly Trouble[]
  /** All of a key, by number of key. */
  readonly #changesOf = new Map<number, ChangeRecord[]>()
  readonly #sets = new Map<string, ChangeRecord>()
  readonly #troubles: readonly Trouble[]
  #excerpt = ''
  #strict = 0
  #loose = 0
  #pairs = 0
  #longestMs = 0

  constructor(log: Log) {
    this.#log = log
    this.#reads = ofKind(log, 'read')
    this.#changes = ofKind(log, 'change')
    this.#loads = ofKind(log, 'load')
    this.#stalls = ofKind(log, 'stall')
    this.#unanswered = merge(ofKind(log, 'unanswered'))
    this.#troubles = [...log.troubles, ...outages(ofKind(log, 'event'))]
    for (const change of this.#changes) {
      if (change.how === 'set') this.#sets.set(change.id, change)
      for (const key of Object.keys(change.versions).map(Number)) {
        const list = this.#changesOf.get(key) ?? []
        list.push(change)
        this.#changesOf.set(key, list)
      }
    }
  }

  judge(): Verdict {
    for (const read of this.#reads) {
      for (const seen of read.seen) this.#checkSeen(read, seen)
      this.#checkCall(read)
    }
    for (const change of this.#changes) this.#checkCall(change)
    this.#checkLoads()
    return {
      problems: this.#problems,
      excerpt: this.#excerpt,
      reads: this.#reads.length,
      changes: this.#changes.length,
      queued: this.#changes.filter(({ result }) => result === 'queued').length,
      loads: this.#loads.length,
      lost: ofKind(this.#log, 'event').filter(({ type }) => type === 'log:lost').length,
      strict: this.#strict,
      loose: this.#loose,
      pairs: this.#pairs,
      longestMs: this.#longestMs,
      stalledMs: this.#stalls.reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0),
      busyMs: this.#stalls.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
      unanswered: ofKind(this.#log, 'unanswered').reduce((sum, { count }) => sum + count, 0),
    }
  }

  #checkSeen(read: ReadRecord, seen: Seen): void {
    const isEnd = read.how === 'last' || read.how === 'fresh'
    for (const change of this.#changesOf.get(seen.key) ?? []) {
      if (change.calledMs >= read.calledMs || (change.versions[seen.key] as number) <= seen.version) {
        if (change.endedMs < read.calledMs && change.node !== read.node) this.#count(change, read)
        continue
      }
      if (this.#mayBeLater(seen, change)) continue
      const rule = isEnd ? this.#ruleAtEnd(change) : this.#rule(change, read)
      if (rule === undefined) continue
      if (this.#excerpt === '') this.#excerpt = excerpt(this.#log.occurrences, seen.key, read.calledMs)
      this.#tell(
        `${rule}: ${read.how} in process ${read.node} at ${at(read.calledMs)} returned version ${seen.version} of k${seen.key} by ${seen.by},` +
          ` void by ${change.how} ${change.id} (version ${change.versions[seen.key]}) from ${at(change.calledMs)} to ${at(change.endedMs)}, ${change.result}`,
      )
    }
  }

  /** Who sets a value while somebody else changes its key may come after that: the order of both is the log's. */
  #mayBeLater({ by }: Seen, change: ChangeRecord): boolean {
    if (by.startsWith('L')) return false
    const set = this.#sets.get(by)
    return set === undefined || set.endedMs >= change.calledMs
  }

  /** Which promise a read of something older breaks, if it does. */
  #rule(change: ChangeRecord, read: ReadRecord): string | undefined {
    const isOwn = change.node === read.node
    if (!isOwn && (change.result !== 'applied' || change.endedMs >= read.calledMs)) return undefined
    if (this.#isShaken(change, read.calledMs)) return undefined
    if (isOwn) return 'own change'
    if (this.#isLost(change)) return undefined
    const isConnected = this.#isCalm(read.node, change.endedMs, read.calledMs)
    return read.calledMs > change.endedMs + this.#limitMs(isConnected, read) ? limitName(isConnected) : undefined
  }

  #ruleAtEnd(change: ChangeRecord): string | undefined {
    return this.#isLost(change) ? undefined : 'lost change'
  }

  /** Whether its maker may have died before it could repeat it. */
  #isLost(change: ChangeRecord): boolean {
    const diedMs = this.#log.deaths.get(change.node)
    return diedMs !== undefined && (change.result !== 'applied' || this.#isShaken(change, diedMs))
  }

  /** Whether a change may be forgotten by the servers at a time. */
  #isShaken(change: ChangeRecord, atMs: number): boolean {
    const endedMs = change.result === 'applied' ? change.endedMs : Number.POSITIVE_INFINITY
    return this.#log.shakes.some(
      ({ fromMs, untilMs }) => endedMs >= fromMs && change.calledMs <= untilMs && fromMs <= atMs && atMs <= untilMs,
    )
  }

  #limitMs(isConnected: boolean, read: ReadRecord): number {
    const { maxStalenessMs } = this.#log
    // Its coarse clock is late by as much as its timers are.
    const stall = this.#stalls.find(
      ({ node, fromMs, untilMs }) =>
        node === read.node && read.calledMs >= fromMs && read.calledMs <= untilMs + AFTER_STALL_MS,
    )
    const lateMs = stall === undefined ? 0 : stall.untilMs - stall.fromMs
    return (isConnected ? Math.min(HEARD_MS, maxStalenessMs) : maxStalenessMs) + COARSE_MS + lateMs
  }

  /** Whether nothing was wrong for a process, or any if none is named, and all of them and the machine were quick. */
  #isCalm(node: number | undefined, fromMs: number, untilMs: number): boolean {
    const isOver = (time: { fromMs: number; untilMs: number }, afterMs: number): boolean =>
      time.untilMs + afterMs < fromMs || time.fromMs > untilMs
    const isOther = (trouble: Trouble): boolean =>
      node !== undefined && trouble.node !== undefined && trouble.node !== node
    return (
      this.#stalls.every((stall) => isOver(stall, AFTER_STALL_MS)) &&
      this.#unanswered.every((time) => isOver(time, AFTER_STALL_MS) || isOther(time)) &&
      this.#troubles.every((trouble) => isOver(trouble, NOTICED_MS) || isOther(trouble))
    )
  }

  #count(change: ChangeRecord, read: ReadRecord): void {
    const ageMs = read.calledMs - change.endedMs
    if (change.result !== 'applied' || ageMs > this.#log.maxStalenessMs * 2) return
    const isConnected = this.#isCalm(read.node, change.endedMs, read.calledMs)
    if (ageMs <= this.#limitMs(isConnected, read)) return
    if (isConnected) this.#strict++
    else this.#loose++
  }

  /** Calls end in time, and fail only with what loaders threw. */
  #checkCall(call: ReadRecord | ChangeRecord): void {
    const { hardTimeoutMs, leaseMs } = this.#log
    const what = `${call.how} in process ${call.node} at ${at(call.calledMs)}`
    const keys = call.kind === 'read' ? call.keys : []
    const isLoading = call.how === 'getOrSet' || call.how === 'getOrSetMany'
    const frozenMs = this.#stalls
      .filter(({ node, fromMs, untilMs }) => node === call.node && fromMs < call.endedMs && untilMs > call.calledMs)
      .reduce((sum, { fromMs, untilMs }) => sum + untilMs - fromMs, 0)
    const tookMs = call.endedMs - call.calledMs - frozenMs
    const isCalm = this.#isCalm(call.node, call.calledMs, Math.min(call.endedMs, call.calledMs + CALL_LIMIT_MS))
    // Who died, or lost its connection, leaves a lease: who waits for it waits until it ends, or until a load of its own would.
    const waitMs = isLoading ? (isCalm ? leaseMs : hardTimeoutMs + leaseMs) * Math.max(1, keys.length) : 0
    if (tookMs > CALL_LIMIT_MS + waitMs) this.#tell(`time: ${what} took ${Math.round(tookMs)} ms`)
    if (!isLoading && tookMs < CALL_LIMIT_MS) this.#longestMs = Math.max(this.#longestMs, tookMs)
    const { error } = call
    if (error === undefined) return
    if (isLoading && error.name === 'LoaderFailure') return
    if (isLoading && error.name === 'LoadFailedElsewhereError' && error.message.includes('LoaderFailure')) return
    if (isLoading && error.name === 'LoadTimeoutError' && frozenMs > hardTimeoutMs / 2) return
    this.#tell(`error: ${what} failed with ${error.name}: ${error.message}`)
  }

  /** While one loads a key, nobody else does, unless it changed, or something was wrong. */
  #checkLoads(): void {
    const sorted = [...this.#loads].sort((one, other) => one.beganMs - other.beganMs)
    for (const [index, first] of sorted.entries()) {
      for (const second of sorted.slice(index + 1)) {
        if (second.beganMs >= first.endedMs) break
        for (const key of first.keys) if (second.keys.includes(key)) this.#checkPair(key, first, second)
      }
    }
    for (const load of sorted) if (this.#isCalm(undefined, load.beganMs, load.endedMs)) this.#pairs += load.keys.length
  }

  #checkPair(key: number, first: LoadRecord, second: LoadRecord): void {
    const fromMs = first.beganMs - HEARD_MS
    if (!this.#isCalm(undefined, first.beganMs, second.beganMs)) return
    const isChanged = this.#changesOf
      .get(key)
      ?.some(
        ({ calledMs, endedMs, result }) => calledMs <= second.beganMs && (result !== 'applied' || endedMs >= fromMs),
      )
    if (isChanged) return
    if (this.#excerpt === '') this.#excerpt = excerpt(this.#log.occurrences, key, second.beganMs)
    this.#tell(
      `one load: k${key} is loaded by ${first.id} from ${at(first.beganMs)} to ${at(first.endedMs)}, and by ${second.id} from ${at(second.beganMs)}`,
    )
  }

  #tell(problem: string): void {
    this.#problems.push(problem)
  }
}

/** From when a process told that the log cannot be followed until it said that all is well. */
function outages(events: readonly EventRecord[]): readonly Trouble[] {
  const list: Trouble[] = []
  for (const node of new Set(events.map(({ node }) => node))) {
    let sinceMs: number | undefined
    for (const { type, atMs } of events.filter((event) => event.node === node)) {
      if (type === 'tier:failed') sinceMs ??= atMs
      if (type !== 'tier:recovered' || sinceMs === undefined) continue
      list.push({ node, fromMs: sinceMs - NOTICED_MS, untilMs: atMs })
      sinceMs = undefined
    }
    if (sinceMs !== undefined) list.push({ node, fromMs: sinceMs - NOTICED_MS, untilMs: Number.POSITIVE_INFINITY })
  }
  return list
}

/** Times of one process that touch become one: while its tier is away there are very many. */
function merge(records: readonly UnansweredRecord[]): readonly Trouble[] {
  const merged: { node: number; fromMs: number; untilMs: number }[] = []
  for (const { node, fromMs, untilMs } of records) {
    const last = merged.findLast((time) => time.node === node)
    if (last?.untilMs === fromMs) last.untilMs = untilMs
    else merged.push({ node, fromMs, untilMs })
  }
  return merged
}

function ofKind<kind extends Occurrence['kind']>(
  { occurrences }: Log,
  kind: kind,
): readonly Extract<Occurrence, { readonly kind: kind }>[] {
  return occurrences.filter(
    (occurrence): occurrence is Extract<Occurrence, { readonly kind: kind }> => occurrence.kind === kind,
  )
}

function limitName(isConnected: boolean): string {
  return isConnected ? 'heard of by the connected' : 'heard of by the cut off'
}
