import { randomBytes } from 'node:crypto'
import type { Encoded } from '../codec/codec.ts'
import type { Engine, Shared } from '../engine.ts'
import type { Entry, Spans } from '../entry.ts'
import type { LeaseRequest, TierRead, TierRecord } from '../shared/tier.ts'
import type { Flight } from './flight.ts'
import type { Landing } from './landing.ts'
import type { Loader } from './load-context.ts'
import { type Asked, Look, type LookContext, type Outcome } from './look.ts'
import { decodeError, encodeError } from './told-error.ts'

/** Of no use at all. */
const NO_SPANS: Spans = { ttlMs: 0, staleWhileRevalidateMs: 0, graceMs: 0 }
/** The least for which a failure is told to others. */
const MIN_TOLD_MS = 1

/** Loads of several processes: one at a time for each key, by leases of the shared tier. */
export class SharedLoad implements LookContext {
  readonly engine: Engine
  readonly shared: Shared
  readonly landing: Landing
  readonly #nodeId = randomBytes(9).toString('base64url')
  #attempts = 0

  constructor(engine: Engine, shared: Shared, landing: Landing) {
    this.engine = engine
    this.shared = shared
    this.landing = landing
  }

  /**
   * Looks for the value in the shared tier, and calls the loader if it is not there.
   *
   * @param nowMs When it was wanted.
   */
  fly(flight: Flight, loader: Loader<unknown>, nowMs: number): void {
    const end = (_: Look, outcome: Outcome): void => {
      if (outcome === 'answered') return
      if (flight.isOver) return this.release(flight, outcome)
      this.landing.countMiss(flight)
      this.landing.call(flight, loader, outcome === 'alone' ? undefined : outcome)
    }
    new Look(this, flight, this.toLease(), end).begin(nowMs)
  }

  /** A lease that nobody else asks for. */
  toLease(): LeaseRequest {
    return { token: `${this.#nodeId}.${++this.#attempts}`, forMs: this.engine.options.leaseMs }
  }

  /**
   * Looks for several values at once, and asks for the leases of what is not there.
   *
   * @param onEnd Told how each look ended. Those that can end with the first answer have done so when this resolves.
   */
  async lookMany(
    flights: readonly Flight[],
    lease: LeaseRequest,
    onEnd: (look: Look, outcome: Outcome) => void,
  ): Promise<void> {
    const { engine } = this
    const { recent } = this.shared
    if (engine.firstContact !== undefined) await engine.firstContact
    const startedMs = engine.clock.now()
    const looks = flights.map((flight) => new Look(this, flight, lease, onEnd))
    const asked: Look[] = []
    for (const look of looks)
      if (engine.isShared(look.flight.key, look.flight.shard, startedMs)) asked.push(look)
      else onEnd(look, 'alone')
    if (asked.length === 0) return
    const reading = recent.begin()
    const askedOf: readonly Asked[] = engine.timelines.map(({ epoch }) => ({ reading, epoch, askedMs: startedMs }))
    const reads = await this.#readMany(asked, lease)
    const nowMs = engine.clock.now()
    if (reads !== undefined) engine.counts.tierSeconds.record((nowMs - startedMs) / 1_000)
    for (let at = 0; at < asked.length; at++) {
      const look = asked[at] as Look
      if (reads === undefined) onEnd(look, 'alone')
      else look.take(reads[at] as TierRead, askedOf[look.flight.shard] as Asked, nowMs)
    }
    recent.end(reading)
  }

  /** Without an answer, which the link counts, each process loads for itself. */
  async #readMany(looks: readonly Look[], lease: LeaseRequest): Promise<readonly TierRead[] | undefined> {
    const keys = looks.map(({ flight }) => flight.key)
    const onLate = (late: readonly TierRead[]): void => {
      for (const [at, key] of keys.entries()) if (late[at]?.kind === 'leased') this.giveBack(key, lease.token)
    }
    return this.shared.link.call((tier) => tier.readMany(keys, lease), onLate).catch(() => undefined)
  }

  /** Keeps a lease while the loader runs. */
  keepLease(flight: Flight, lease: LeaseRequest): void {
    const { clock } = this.engine
    const renew = (): void => {
      this.engine.inBackground(this.shared.link.call((tier) => tier.renew(flight.key, lease)))
      flight.stopRenewal = clock.after(lease.forMs / 3, renew)
    }
    flight.stopRenewal = clock.after(lease.forMs / 3, renew)
  }

  /** Stores what was loaded. Rejects if that cannot be done, which changes nothing for the callers. */
  fill(flight: Flight, encoded: Encoded | Promise<Encoded>, spans: Spans, entry: Entry | undefined): Promise<void> {
    const engine = this.engine
    const { key, since, tags, bornMs } = flight
    const token = flight.token as string
    const store = async (): Promise<void> => {
      const { format, body } = await this.#encoded(flight, encoded)
      const { connection } = this.shared.link
      const bornAtMs = connection.now() - (engine.clock.now() - bornMs)
      const record: TierRecord = { seq: since.seq, bornAtMs, ...spans, tags, format, body }
      if (await this.shared.link.call((tier) => tier.fill(key, token, record, since))) engine.counts.fills++
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

  /**
   * Others must not serve in grace what is not there any more: it gives way to a value that is over, as it would to a newer one.
   *
   * @returns `undefined` if that cannot be said. Then what was there has its time.
   */
  fillNothing(flight: Flight): Promise<void> | undefined {
    try {
      return this.fill(flight, this.engine.options.codec.encode(flight.key, null), NO_SPANS, undefined)
    } catch {
      // A serializer that knows no null.
      return undefined
    }
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
  release({ key, token: held }: Flight, outcome?: Outcome): void {
    const token = typeof outcome === 'object' ? outcome.token : held
    if (token !== undefined) this.giveBack(key, token)
  }

  /** The same, and tells others why. */
  releaseFailed(flight: Flight, error: unknown, delayMs: number): void {
    const { key, token } = flight
    if (token === undefined) return
    if (delayMs === 0) return this.release(flight)
    const release = async (): Promise<void> => {
      const body = await encodeError(this.engine.options.codec, key, error, token)
      const failure = { body, forMs: Math.max(MIN_TOLD_MS, delayMs) }
      await this.shared.link.call((tier) => tier.release(key, token, failure))
    }
    this.engine.inBackground(release())
  }

  giveBack(key: string, token: string): void {
    this.engine.inBackground(this.shared.link.call((tier) => tier.release(key, token)))
  }

  async failAsTold(flight: Flight, body: Uint8Array): Promise<void> {
    const { error, id } = await decodeError(this.engine.options.codec, flight.key, flight.ownKey, body)
    this.landing.failElsewhere(flight, error, id)
  }
}
