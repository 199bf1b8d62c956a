import type { Engine, Shared } from '../engine.ts'
import type { Entry } from '../entry.ts'
import type { TierCall } from '../shared/link.ts'
import { keepReceived, receive } from '../shared/received.ts'
import type { Reading } from '../shared/recent-changes.ts'
import type { LeaseRequest, TierConnection, TierRead, TierRecord } from '../shared/tier.ts'
import type { Flight } from './flight.ts'
import type { Landing } from './landing.ts'

const FIRST_WAIT_MS = 5
const LONGEST_WAIT_MS = 50

/** How a look ended: the flight has what it needs, or its loader is to be called, perhaps with a lease. */
export type Outcome = 'answered' | 'alone' | LeaseRequest

/** What all looks of a process have in common. */
export interface LookContext {
  readonly engine: Engine
  readonly shared: Shared
  readonly landing: Landing
  /** Gives back a lease: others would wait for it in vain. */
  giveBack(key: string, token: string): void
  /** Ends a flight with what another process told of its failure. */
  failAsTold(flight: Flight, body: Uint8Array): Promise<void>
}

/** Since when changes were heard of that an answer may not know, and in which history. */
export interface Asked {
  readonly reading: Reading
  readonly epoch: number
  readonly askedMs: number
}

/**
 * A flight's look into the shared tier: for a value, or else the lease. It is repeated while another process has that.
 *
 * It calls back whoever began it: this is the way of every hit of the second layer, and promises would cost as much as all the rest.
 */
export class Look implements TierCall<TierRead> {
  readonly flight: Flight
  readonly lease: LeaseRequest
  readonly #context: LookContext
  readonly #onEnd: (look: Look, outcome: Outcome) => void
  #asked: Asked | undefined = undefined
  #waitMs = FIRST_WAIT_MS

  constructor(
    context: LookContext,
    flight: Flight,
    lease: LeaseRequest,
    onEnd: (look: Look, outcome: Outcome) => void,
  ) {
    this.#context = context
    this.flight = flight
    this.lease = lease
    this.#onEnd = onEnd
  }

  /** Asks the tier, as soon as it was met. */
  begin(nowMs: number): void {
    const { engine } = this.#context
    if (engine.firstContact === undefined) this.#ask(nowMs)
    else engine.inBackground(engine.firstContact.then(() => this.#ask(engine.clock.now())))
  }

  /** Goes on with an answer of the tier, to this look or to one at several keys. */
  take(read: TierRead, asked: Asked, nowMs: number): void {
    if (read.kind === 'found') this.#receive(read.record, asked, nowMs)
    else if (read.kind === 'leased') this.#onEnd(this, this.lease)
    else if (read.kind === 'busy') this.#wait(nowMs)
    else if (read.kind === 'failed') this.#fail(read.body)
    else this.#askLease()
  }

  send(tier: TierConnection): Promise<TierRead> {
    return tier.read(this.flight.key, this.lease)
  }

  onAnswer(read: TierRead): void {
    const { engine, shared } = this.#context
    const asked = this.#asked as Asked
    const nowMs = engine.clock.now()
    engine.counts.tierSeconds.record((nowMs - asked.askedMs) / 1_000)
    this.take(read, asked, nowMs)
    shared.recent.end(asked.reading)
  }

  onFailure(): void {
    // Counted by the link. Without the tier each process loads for itself.
    this.#context.shared.recent.end((this.#asked as Asked).reading)
    this.#onEnd(this, 'alone')
  }

  onLate(read: TierRead): void {
    if (read.kind === 'leased') this.#context.giveBack(this.flight.key, this.lease.token)
  }

  #ask(nowMs: number): void {
    const { engine, shared } = this.#context
    const { key, shard, isOver } = this.flight
    if (isOver || !engine.isShared(key, shard, nowMs)) return this.#onEnd(this, 'alone')
    this.#asked = { reading: shared.recent.begin(), epoch: engine.timeline(shard).epoch, askedMs: nowMs }
    shared.link.send(this, nowMs)
  }

  #receive(record: TierRecord, asked: Asked, nowMs: number): void {
    const { engine, shared } = this.#context
    const { key, shard, times } = this.flight
    const received = receive(engine, key, shard, record, times, nowMs)
    if (!(received instanceof Promise)) return this.#weigh(received, asked, nowMs)
    const { recent } = shared
    const reading = recent.join(asked.reading)
    const weighing = received.then((entry) => {
      this.#weigh(entry, asked, engine.clock.now())
      recent.end(reading)
    })
    engine.inBackground(weighing)
  }

  #weigh(entry: Entry | undefined, asked: Asked, nowMs: number): void {
    if (entry !== undefined && this.#answer(entry, asked, nowMs)) this.#onEnd(this, 'answered')
    else this.#askLease()
  }

  /** Answers the flight with what the tier had, or keeps that for worse times. */
  #answer(entry: Entry, { epoch, askedMs }: Asked, nowMs: number): boolean {
    const { engine, landing } = this.#context
    const { flight } = this
    const { key, shard, fallback } = flight
    // This process stood still, and who has joined since is promised more.
    if (nowMs - askedMs > engine.options.maxStalenessMs && !engine.isConfirmed(shard, nowMs)) return false
    // Read before a change that is known by now: somebody else may be served what this reader asked for earlier, not more.
    if (!keepReceived(engine, key, shard, epoch, entry)) return false
    const isEarly = fallback !== undefined && nowMs < fallback.freshUntilMs
    if (nowMs < (isEarly ? entry.easyUntilMs : entry.freshUntilMs)) {
      if (flight.waiters > 0) engine.counts.sharedHits++
      landing.answer(flight, entry.value)
      return true
    }
    if (fallback === undefined || fallback.bornMs < entry.bornMs) flight.fallback = entry
    if (nowMs < entry.staleUntilMs && !flight.isSettled && flight.waiters > 0) {
      engine.counts.staleServes++
      flight.resolve(entry.value)
    }
    landing.limitWait(flight)
    return false
  }

  /** Asks for the lease of a key under which there is something that cannot be used. */
  #askLease(): void {
    const { engine, shared } = this.#context
    const { flight, lease } = this
    const asking = shared.link.call(
      (tier) => tier.lease(flight.key, lease),
      (late) => late === 'leased' && this.#context.giveBack(flight.key, lease.token),
    )
    const deciding = asking.then(
      (answer) => {
        if (answer === 'leased') this.#onEnd(this, lease)
        else if (answer === 'busy') this.#wait(engine.clock.now())
        else this.#fail(answer.body)
      },
      () => this.#onEnd(this, 'alone'),
    )
    engine.inBackground(deciding)
  }

  /** Somebody else is loading. */
  #wait(nowMs: number): void {
    const { engine, landing } = this.#context
    landing.limitPatience(this.flight, nowMs)
    engine.counts.leaseWaits++
    engine.inBackground(engine.clock.sleep(this.#waitMs).then(() => this.#ask(engine.clock.now())))
    this.#waitMs = Math.min(LONGEST_WAIT_MS, this.#waitMs * 1.5)
  }

  #fail(body: Uint8Array): void {
    const { engine } = this.#context
    engine.inBackground(this.#context.failAsTold(this.flight, body).then(() => this.#onEnd(this, 'answered')))
  }
}
