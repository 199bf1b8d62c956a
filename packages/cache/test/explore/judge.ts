import { isCacheClosedError, isLoadFailedElsewhereError, isLoadTimeoutError } from '../../src/lib/errors.ts'
import type { Call, Change, Ledger, Load, Moment } from './ledger.ts'
import type { CachePlan } from './plan.ts'
import { toKey } from './steps.ts'

/** Something that should not be. */
export interface CacheProblem {
  /** Which promise is broken: a letter and number of the specification, and a word. */
  readonly rule: string
  /** What happened, for people. */
  readonly text: string
}

/** Within which every connected process has heard of a change: C1. */
const HEARD_MS = 250
/** Clocks of hits are this late, and times are rounded. */
const COARSE_MS = 7
/** How long a first contact, commands and their answers may take when nothing is wrong. */
const ROUND_TRIPS_MS = 250

/** How long changes in a new process wait for the shared tier. */
const FIRST_CHANGE_MS = 1_000

/** A value as it is stored: which version of the source it is, and who made it. */
export interface Seen {
  readonly version: number
  /** The load, or `undefined` if it was set. */
  readonly load: number | undefined
}

/** Makes text of a value. */
export function toValue({ version, load }: Seen): string {
  return `${version}:${load ?? 'set'}`
}

function fromValue(value: unknown): Seen | undefined {
  const parts = /^(\d+):(set|\d+)$/.exec(String(value))
  if (parts === null) return undefined
  return { version: Number(parts[1]), load: parts[2] === 'set' ? undefined : Number(parts[2]) }
}

/** Says of everything that happens in a schedule whether it may. */
export class Judge {
  readonly problems: CacheProblem[] = []
  readonly #ledger: Ledger
  readonly #plan: CachePlan

  /**
   * @param ledger What happened.
   * @param plan How the caches are set up.
   */
  constructor(ledger: Ledger, plan: CachePlan) {
    this.#ledger = ledger
    this.#plan = plan
  }

  /** A call returned a value of a key. */
  onValue(call: Call, key: number, value: unknown): void {
    if (value === undefined) return
    const seen = fromValue(value)
    if (seen === undefined) return this.#tell('C11 foreign value', `${this.#name(call, key)} returned ${String(value)}`)
    this.#checkStaleness(call, key, seen)
    this.#checkAge(call, key, seen)
  }

  /**
   * C1, C2, C3 and C6: who begins to read may not get a version
   * - of which this process was told before that it is old, however that call ended or will end;
   * - of which any process was told that it is old, by a call that was `applied` at least 250 ms before, if this process was
   *   connected all the time, or else longer ago than `maxStalenessMs`, whatever was wrong, also while the process was stopped.
   *
   * What a server forgot, as it began again with older data, is promised again: to the process that wanted it when it must have
   * noticed, and to others when that process had the time to repeat it. If it died before, nothing is.
   */
  #checkStaleness(call: Call, key: number, seen: Seen): void {
    const { version } = seen
    const { maxStalenessMs } = this.#plan
    if (this.#isBlindSet(key, seen)) return
    for (const change of this.#ledger.changes) {
      if ((change.versions.get(key) ?? 0) <= version || change.called.order > call.called.order) continue
      const sinceMs = this.#promisedSince(change, call)
      const isOwn = change.node === call.node
      const isConnected = this.#ledger.isCalm(call.node, change.ended.ms, call.called.ms)
      const limitMs = isOwn ? 0 : (isConnected ? Math.min(HEARD_MS, maxStalenessMs) : maxStalenessMs) + COARSE_MS
      if (call.called.ms < sinceMs + limitMs) continue
      const rule = isOwn ? 'C6 own change' : isConnected ? 'C1 connected' : 'C1 cut off'
      return this.#tell(
        rule,
        `${this.#name(call, key)} returned version ${version}, which ${describe(change)} made void` +
          ` ${at(change.called.ms)}, ${String(change.result)} ${at(change.ended.ms)}`,
      )
    }
  }

  /**
   * Whether a value was set in a process that had not met the log, and what changed until it did left no trace: the server was emptied
   * meanwhile, or its clock set forward, so that what is new looked old.
   */
  #isBlindSet(key: number, { version, load }: Seen): boolean {
    if (load !== undefined) return false
    return this.#ledger.changes.some(({ how, node, versions, called, ended }) => {
      if (how !== 'set' || versions.get(key) !== version) return false
      const bornMs = this.#ledger.birthOf(node)
      return bornMs > 0 && called.ms < bornMs + FIRST_CHANGE_MS && this.#ledger.wasErased(called.ms, ended.ms)
    })
  }

  /** From when on a change is to be seen by a call. */
  #promisedSince(change: Change, call: Call): number {
    const { maxStalenessMs } = this.#plan
    const isShaken = change.shakenMs > Number.NEGATIVE_INFINITY
    if (change.node === call.node)
      return isShaken ? change.shakenMs + maxStalenessMs + COARSE_MS : Number.NEGATIVE_INFINITY
    if (change.result === 'applied' && change.ended.order < call.called.order && !isShaken) return change.ended.ms
    return Number.POSITIVE_INFINITY
  }

  /** A fresh value is not older than its ttl; `getOrSet` may serve stale ones for as long as it was allowed to. */
  #checkAge(call: Call, key: number, seen: Seen): void {
    const { ttlMs, staleWhileRevalidateMs, graceMs, isCalm } = this.#plan
    if (!isCalm || seen.load === undefined) return
    const load = this.#ledger.loads[seen.load] as Load
    const isLoading = call.how.startsWith('getOrSet')
    const limitMs = ttlMs + (isLoading ? Math.max(staleWhileRevalidateMs, graceMs) : 0) + 3 * COARSE_MS
    // Who joins a load gets what it brings.
    if (load.ended.order > call.called.order) return
    const ageMs = call.called.ms - load.began.ms
    if (ageMs > limitMs) this.#tell('ttl', `${this.#name(call, key)} returned a value of ${ageMs} ms`)
  }

  /** C4: a loader is called. */
  onLoad(load: Load): void {
    for (const key of load.keys) {
      for (const other of this.#ledger.loads)
        if (other !== load && other.keys.includes(key)) this.#checkPair(key, other, load)
    }
  }

  /**
   * C4: while one loads, nobody else does: in the same process never, in others not while all is as usual; and after a failure
   * nobody tries again before the delay is over. Unless the key was changed meanwhile, or the state of a server lost.
   */
  #checkPair(key: number, first: Load, second: Load): void {
    const { retryDelayMs, maxStalenessMs } = this.#plan
    const ledger = this.#ledger
    if (ledger.endOf(first.node) < second.began.ms) return
    const isOwn = first.node === second.node
    const isCalm = ledger.isCalm(undefined, first.began.ms, second.began.ms)
    if (!isOwn && !isCalm) return
    const isRunning = first.ended.order > second.began.order
    const isTooEarly =
      (first.end === 'threw' || first.end === 'aborted') &&
      second.began.ms < first.ended.ms + retryDelayMs - COARSE_MS &&
      first.ended.order < second.began.order
    if (!isRunning && !isTooEarly) return
    const hearMs = isCalm ? HEARD_MS : maxStalenessMs + RECOVERED_MS
    const sinceMs = Math.min(first.wanted.ms, second.wanted.ms) - hearMs
    if (!isCalm && ledger.wasLostSince(sinceMs)) return
    // Who did not keep up with a short log begins anew: what it was loading is void.
    if (ledger.changesSince(sinceMs, second.began) >= this.#plan.maxLog) return
    // Before its first contact a process is on its own, and what it loaded until then is void.
    if (isOwn && ledger.birthOf(first.node) > 0 && ledger.birthOf(first.node) > sinceMs - RECOVERED_MS) return
    if (ledger.changes.some((change) => concerns(change, key, sinceMs, second.began))) return
    const where = isOwn ? `process ${first.node}` : `processes ${first.node} and ${second.node}`
    const what = isRunning
      ? 'two loads at once'
      : `a load ${at(second.began.ms)} after one that failed ${at(first.ended.ms)}`
    this.#tell(
      isRunning ? 'C4 one load' : 'C4 backoff',
      `${what} of ${toKey(key)} in ${where}, began ${at(first.began.ms)}`,
    )
  }

  /** C5: a call has ended, or is still open: it may take as long as somebody loads its key, and little more. */
  checkTime(call: Call, nowMs: number): void {
    const { tierTimeoutMs, leaseMs, hardTimeoutMs, isCalm } = this.#plan
    const ledger = this.#ledger
    const runMs = nowMs - call.called.ms - ledger.frozenMs(call.node, call.called.ms, nowMs)
    // What is quick needs no closer look.
    if (runMs <= ROUND_TRIPS_MS) return
    let limitMs = 6 * tierTimeoutMs + ROUND_TRIPS_MS
    let tookMs = runMs
    if (call.what === 'write' && call.called.ms < ledger.birthOf(call.node) + FIRST_CHANGE_MS)
      limitMs += FIRST_CHANGE_MS
    if (call.how.startsWith('getOrSet')) {
      // A lease that nobody gave back; several of them only until the wait is given up.
      const isSevere = ledger.isTimeBroken || ledger.deaths > 0 || ledger.hasLoads(call)
      if (!isCalm) limitMs += isSevere ? hardTimeoutMs : leaseMs
      // Of several keys, one may wait for after the other.
      limitMs *= call.keys.length
      tookMs = Math.min(...call.keys.map((key) => ledger.idleMs(call.node, key, call.called.ms, nowMs)))
    }
    if (tookMs > limitMs)
      this.#tell(
        'C5 time',
        `${this.#name(call)} took ${Math.round(runMs)} ms, ${Math.round(tookMs)} of them for nothing`,
      )
  }

  /** C5 and C8: a call failed: only with what its loader threw, or what says that a loader failed. */
  onError(call: Call, error: unknown): void {
    const { maxRetryDelayMs, hardTimeoutMs } = this.#plan
    const ledger = this.#ledger
    if (isCacheClosedError(error) && ledger.endOf(call.node) <= call.ended.ms) return
    const isRecent = (load: Load): boolean => load.ended.ms >= call.called.ms - maxRetryDelayMs - ROUND_TRIPS_MS
    const isOurs = (load: Load): boolean => load.keys.some((key) => call.keys.includes(key)) && isRecent(load)
    const loads = ledger.loads.filter(isOurs)
    if (call.how.startsWith('getOrSet')) {
      if (loads.some((load) => load.node === call.node && load.end === 'threw' && load.error === error)) return
      // A load of any process, or several that were waited for.
      const isPatient = call.ended.ms - call.called.ms >= hardTimeoutMs - COARSE_MS
      if (isLoadTimeoutError(error) && (isPatient || loads.some((load) => this.#isLate(load, hardTimeoutMs)))) return
      const hasFailed = (load: Load): boolean => load.end === 'threw' || load.end === 'aborted'
      // It may have slept meanwhile.
      const elsewhere = ledger.isTimeBroken ? ledger.loads : loads
      // That of this process, if the shared tier remembers it a moment longer.
      if (isLoadFailedElsewhereError(error) && elsewhere.some(hasFailed)) return
    }
    this.#tell('C5 error', `${this.#name(call)} failed with ${String(error)}`)
  }

  #isLate({ began, ended, end }: Load, hardTimeoutMs: number): boolean {
    return end === 'aborted' || ended.ms - began.ms >= hardTimeoutMs - COARSE_MS
  }

  /** All is healed, everybody has caught up: the version of a key that a process still has must be the latest that counts. */
  onLastValue(node: number, key: number, value: unknown): void {
    const seen = fromValue(value)
    if (value === undefined || seen === undefined || this.#isBlindSet(key, seen)) return
    for (const change of this.#ledger.changes) {
      if ((change.versions.get(key) ?? 0) <= seen.version || !this.#isApplied(change)) continue
      return this.#tell(
        'lost invalidation',
        `at the end process ${node} has version ${seen.version} of ${toKey(key)}, which ${describe(change)} made void` +
          ` ${at(change.called.ms)}, ${String(change.result)} ${at(change.ended.ms)}`,
      )
    }
  }

  /**
   * Whether a change must have been applied when everything is over. Not if its process died while it was still queued or under
   * way, or while a server had begun again without it and it could not be repeated yet.
   */
  #isApplied(change: Change): boolean {
    const endMs = this.#ledger.endOf(change.node)
    if (endMs === Number.POSITIVE_INFINITY) return true
    if (change.result !== 'applied') return false
    return change.shakenMs === Number.NEGATIVE_INFINITY || this.#ledger.calmAfter(change.node, change.shakenMs) < endMs
  }

  /** Nothing may be left at the end. */
  onLeftover(text: string): void {
    this.#tell('leftover', text)
  }

  #tell(rule: string, text: string): void {
    this.problems.push({ rule, text: `${rule}: ${text}` })
  }

  #name(call: Call, key?: number): string {
    const keys = key === undefined ? call.keys.map(toKey).join(', ') : toKey(key)
    return `${call.how} of ${keys} in process ${call.node} ${at(call.called.ms)}`
  }
}

/** Waiting for connections, gates and queues, when something was wrong. */
const RECOVERED_MS = 7_000

/** Whether a change of a key came, or may have been heard of, between a time and a moment. */
function concerns(
  { versions, called, ended, result, shakenMs }: Change,
  key: number,
  sinceMs: number,
  until: Moment,
): boolean {
  if (!versions.has(key) || called.order > until.order) return false
  return result !== 'applied' || ended.ms >= sinceMs || shakenMs >= sinceMs
}

function describe({ how, node }: Change): string {
  return `${how} in process ${node}`
}

function at(ms: number): string {
  return Number.isFinite(ms) ? `at ${Math.round(ms * 100) / 100} ms` : 'never'
}
