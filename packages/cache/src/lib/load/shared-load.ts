import { randomBytes } from 'node:crypto'
import type { Encoded } from '../codec/codec.ts'
import type { Engine, Shared } from '../engine.ts'
import type { Entry, Spans } from '../entry.ts'
import { keepReceived, receive } from '../shared/received.ts'
import type { Reading } from '../shared/recent-changes.ts'
import type { LeaseRequest, TierRead, TierRecord } from '../shared/tier.ts'
import type { Flight } from './flight.ts'
import type { Landing } from './landing.ts'
import type { Loader } from './load-context.ts'
import { decodeError, encodeError } from './told-error.ts'

const FIRST_WAIT_MS = 5
const LONGEST_WAIT_MS = 50
/** The least for which a failure is told to others. */
const MIN_TOLD_MS = 1

/** How a look into the shared tier ended: the flight has what it needs, or its loader is to be called, perhaps with a lease. */
type Look = 'answered' | 'alone' | LeaseRequest

/** What a look at several keys at once said of one. */
export interface FirstLook {
  readonly read: TierRead
  /** The history it was asked in. */
  readonly epoch: number
  /** Since when changes were heard of; who looks closer ends it. */
  readonly reading: Reading
}

/** Loads of several processes: one at a time for each key, by leases of the shared tier. */
export class SharedLoad {
  readonly #engine: Engine
  readonly #shared: Shared
  readonly #nodeId = randomBytes(9).toString('base64url')
  #attempts = 0

  constructor(engine: Engine, shared: Shared) {
    this.#engine = engine
    this.#shared = shared
  }

  /** Looks for the value in the shared tier, and calls the loader if it is not there. */
  async fly(flight: Flight, loader: Loader<unknown>, loads: Landing): Promise<void> {
    const look = await this.look(flight, loads)
    if (look === 'answered') return
    if (flight.isOver) return this.release(flight, look)
    loads.countMiss(flight)
    loads.call(flight, loader, look === 'alone' ? undefined : look)
  }

  /** A lease that nobody else asks for. */
  toLease(): LeaseRequest {
    return { token: `${this.#nodeId}.${(++this.#attempts).toString(36)}`, forMs: this.#engine.options.leaseMs }
  }

  /** Looks until there is a value or a lease, or the tier does not answer. */
  async look(flight: Flight, loads: Landing, first?: FirstLook, lease: LeaseRequest = this.toLease()): Promise<Look> {
    const { clock } = this.#engine
    if (this.#engine.firstContact !== undefined) await this.#engine.firstContact
    const giveUpMs = clock.now() + flight.times.hardTimeoutMs
    try {
      let known = first
      for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 1.5)) {
        const outcome = await this.#lookOnce(flight, loads, lease, known)
        known = undefined
        if (outcome !== 'busy') return outcome
        if (clock.now() >= giveUpMs) return 'alone'
        this.#engine.counts.leaseWaits++
        await clock.sleep(waitMs)
      }
    } catch {
      // Counted by the link. Without the tier each process loads for itself.
      return 'alone'
    }
  }

  /** The first look at several keys: what is there, and the leases of what is not. Without an answer, nothing is known. */
  async lookMany(
    flights: readonly Flight[],
    lease: LeaseRequest,
    reading: Reading,
  ): Promise<readonly (FirstLook | undefined)[]> {
    const engine = this.#engine
    const { link } = this.#shared
    if (engine.firstContact !== undefined) await engine.firstContact
    const looks = new Array<FirstLook | undefined>(flights.length).fill(undefined)
    const places = [...flights.keys()].filter((place) => {
      const { key, shard } = flights[place] as Flight
      return engine.isShared(key, shard)
    })
    if (places.length === 0) return looks
    const asked = places.map((place) => flights[place] as Flight)
    const epochs = asked.map(({ shard }) => engine.timeline(shard).epoch)
    const keys = asked.map(({ key }) => key)
    try {
      const reads = await this.#timed(
        link.call(
          (tier) => tier.readMany(keys, lease),
          (late) => {
            for (const [at, key] of keys.entries()) if (late[at]?.kind === 'leased') this.#giveBack(key, lease.token)
          },
        ),
      )
      for (const [at, place] of places.entries())
        looks[place] = { read: reads[at] as TierRead, epoch: epochs[at] as number, reading }
    } catch {
      // Counted by the link. Without the tier each process loads for itself.
    }
    return looks
  }

  /** Keeps a lease while the loader runs. */
  keepLease(flight: Flight, lease: LeaseRequest): void {
    const { clock } = this.#engine
    const renew = (): void => {
      this.#engine.inBackground(this.#shared.link.call((tier) => tier.renew(flight.key, lease)))
      flight.stopRenewal = clock.after(lease.forMs / 3, renew)
    }
    flight.stopRenewal = clock.after(lease.forMs / 3, renew)
  }

  /** Stores what was loaded. Rejects if that cannot be done, which changes nothing for the callers. */
  fill(flight: Flight, encoded: Encoded | Promise<Encoded>, spans: Spans, entry: Entry | undefined): Promise<void> {
    const engine = this.#engine
    const { key, since, tags, bornMs } = flight
    const token = flight.token as string
    const store = async (): Promise<void> => {
      const { format, body } = await this.#encoded(flight, encoded)
      const { connection } = this.#shared.link
      const bornAtMs = connection.now() - (engine.clock.now() - bornMs)
      const record: TierRecord = { seq: since.seq, bornAtMs, ...spans, tags, format, body }
      if (await this.#shared.link.call((tier) => tier.fill(key, token, record, since))) engine.counts.fills++
      else {
        engine.counts.fillsRefused++
        // Somebody else has a newer value, or is about to.
        if (entry !== undefined && engine.memory.peek(key) === entry) engine.memory.delete(key)
      }
    }
    const stored = store()
    engine.inBackground(stored)
    return stored
  }

  /** What cannot be made bytes of stays in this process, and others need not wait for it. */
  async #encoded(flight: Flight, encoded: Encoded | Promise<Encoded>): Promise<Encoded> {
    try {
      return await encoded
    } catch (error) {
      this.release(flight)
      throw error
    }
  }

  /** Gives a lease back, as there is nothing to store. */
  release({ key, token: held }: Flight, look?: Look): void {
    const token = typeof look === 'object' ? look.token : held
    if (token !== undefined) this.#giveBack(key, token)
  }

  /** The same, and tells others why. */
  releaseFailed(flight: Flight, error: unknown, delayMs: number): void {
    const { key, token } = flight
    if (token === undefined) return
    if (delayMs === 0) return this.release(flight)
    const release = async (): Promise<void> => {
      const body = await encodeError(this.#engine.options.codec, key, error)
      const failure = { body, forMs: Math.max(MIN_TOLD_MS, delayMs) }
      await this.#shared.link.call((tier) => tier.release(key, token, failure))
    }
    this.#engine.inBackground(release())
  }

  async #lookOnce(flight: Flight, loads: Landing, lease: LeaseRequest, first?: FirstLook): Promise<Look | 'busy'> {
    const engine = this.#engine
    const { link, recent } = this.#shared
    const { key, shard } = flight
    const epoch = first?.epoch ?? engine.timeline(shard).epoch
    const reading = first?.reading ?? recent.begin()
    try {
      if (!engine.isShared(key, shard) || flight.isOver) return 'alone'
      const read =
        first?.read ??
        (await this.#timed(
          link.call(
            (tier) => tier.read(key, lease),
            (late) => late.kind === 'leased' && this.#giveBack(key, lease.token),
          ),
        ))
      if (read.kind === 'leased') return lease
      if (read.kind === 'busy') return 'busy'
      if (read.kind === 'failed') return await this.#fail(flight, loads, read.body)
      if (read.kind === 'found') {
        const received = receive(engine, key, shard, read.record, flight.times)
        const entry = received instanceof Promise ? await received : received
        if (entry !== undefined && this.#take(flight, loads, entry, epoch)) return 'answered'
      }
      const answer = await link.call(
        (tier) => tier.lease(key, lease),
        (late) => late === 'leased' && this.#giveBack(key, lease.token),
      )
      if (answer === 'leased') return lease
      return answer === 'busy' ? 'busy' : await this.#fail(flight, loads, answer.body)
    } finally {
      recent.end(reading)
    }
  }

  /** Answers a flight with what the tier had, or keeps it for worse times. */
  #take(flight: Flight, loads: Landing, entry: Entry, epoch: number): boolean {
    const engine = this.#engine
    const { key, shard, fallback } = flight
    const nowMs = engine.clock.now()
    const mayKeep = keepReceived(engine, key, shard, epoch, entry)
    // Read before a change that is known by now: somebody else may be served what this reader asked for earlier, not more.
    if (!mayKeep) return false
    const isEarly = fallback !== undefined && nowMs < fallback.freshUntilMs
    if (nowMs < (isEarly ? entry.easyUntilMs : entry.freshUntilMs)) {
      if (flight.waiters > 0) engine.counts.sharedHits++
      loads.answer(flight, entry.value)
      return true
    }
    if (fallback === undefined || fallback.bornMs < entry.bornMs) flight.fallback = entry
    if (nowMs < entry.staleUntilMs && !flight.isSettled && flight.waiters > 0) {
      engine.counts.staleServes++
      flight.resolve(entry.value)
    }
    loads.limitWait(flight)
    return false
  }

  async #fail(flight: Flight, loads: Landing, body: Uint8Array): Promise<'answered'> {
    const error = await decodeError(this.#engine.options.codec, flight.key, flight.ownKey, body)
    loads.failElsewhere(flight, error)
    return 'answered'
  }

  /** Others would wait for it in vain. */
  #giveBack(key: string, token: string): void {
    this.#engine.inBackground(this.#shared.link.call((tier) => tier.release(key, token)))
  }

  async #timed<result>(answer: Promise<result>): Promise<result> {
    const { clock, counts } = this.#engine
    const startedMs = clock.now()
    const result = await answer
    counts.tierSeconds.record((clock.now() - startedMs) / 1_000)
    return result
  }
}
