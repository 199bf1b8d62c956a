import { type RedisReply, RedisReplyError } from './redis-values.ts'

const CHANNEL = '__redis__:invalidate'

interface Tracker {
  readonly redirect: number
  readonly prefixes: readonly string[]
}

/** Whoever hears of changes. */
export interface TrackingSession {
  readonly id: number
  readonly peer: { onPush(message: RedisReply): void }
}

/** Client-side caching of a simulated server: broadcasts for prefixes (`BCAST`), told to another connection (`REDIRECT`). */
export class Tracking {
  readonly #trackers = new Map<TrackingSession, Tracker>()
  readonly #subscribers = new Map<TrackingSession, Set<string>>()
  readonly #changed = new Set<string>()
  readonly #find: (id: number) => TrackingSession | undefined
  #isFlushed = false

  /** @param find Whoever has a number. */
  constructor(find: (id: number) => TrackingSession | undefined) {
    this.#find = find
  }

  /** A key was changed. */
  onChange(key: string): void {
    if (this.#trackers.size > 0) this.#changed.add(key)
  }

  /** All keys went. */
  onFlush(): void {
    this.#isFlushed = true
  }

  /** Does `CLIENT`, `SUBSCRIBE` and `UNSUBSCRIBE`. */
  execute(session: TrackingSession, name: 'client' | 'subscribe' | 'unsubscribe', args: readonly string[]): RedisReply {
    if (name === 'client') return this.#client(session, args)
    const channels = this.#subscribers.get(session) ?? new Set()
    this.#subscribers.set(session, channels)
    const [channel = ''] = args
    if (name === 'subscribe') channels.add(channel)
    else channels.delete(channel)
    return [name, channel, channels.size]
  }

  /** Whether a connection has subscribed to anything: in the older protocol that changes what it is answered. */
  isSubscriber(session: TrackingSession): boolean {
    return (this.#subscribers.get(session)?.size ?? 0) > 0
  }

  /** Tells everybody who has to hear it, as Redis does after each turn of its loop. */
  tell(): void {
    if (this.#changed.size === 0 && !this.#isFlushed) return
    const changed = [...this.#changed]
    const wasFlushed = this.#isFlushed
    this.#changed.clear()
    this.#isFlushed = false
    for (const [session, { redirect, prefixes }] of [...this.#trackers]) {
      const keys = changed.filter((key) => prefixes.some((prefix) => key.startsWith(prefix)))
      const target = redirect === 0 ? session : this.#find(redirect)
      if (target === undefined || !this.#subscribers.get(target)?.has(CHANNEL)) continue
      if (wasFlushed) target.peer.onPush(['message', CHANNEL, null])
      if (keys.length > 0) target.peer.onPush(['message', CHANNEL, keys])
    }
  }

  /** A connection is gone. */
  forget(session: TrackingSession): void {
    this.#trackers.delete(session)
    this.#subscribers.delete(session)
  }

  #client(session: TrackingSession, [what = '', ...args]: readonly string[]): RedisReply {
    switch (what.toLowerCase()) {
      case 'id':
        return session.id
      case 'setname':
      case 'setinfo':
        return 'OK'
      case 'tracking':
        return this.#track(session, args)
      default:
        throw new RangeError(`Cannot simulate CLIENT ${what}`)
    }
  }

  #track(session: TrackingSession, [on = '', ...options]: readonly string[]): RedisReply {
    this.#trackers.delete(session)
    if (on.toLowerCase() === 'off') return 'OK'
    let redirect = 0
    const prefixes: string[] = []
    for (let index = 0; index < options.length; index++) {
      const option = (options[index] as string).toUpperCase()
      if (option === 'REDIRECT') redirect = Number(options[++index])
      else if (option === 'PREFIX') prefixes.push(options[++index] ?? '')
      else if (option !== 'BCAST') throw new RangeError(`Cannot simulate CLIENT TRACKING ${option}`)
    }
    if (redirect !== 0 && this.#find(redirect) === undefined) {
      throw new RedisReplyError('ERR The client ID you want redirect to does not exist')
    }
    this.#trackers.set(session, { redirect, prefixes: prefixes.length === 0 ? [''] : prefixes })
    return 'OK'
  }
}
