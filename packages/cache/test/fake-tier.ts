import type {
  LeaseRequest,
  Mutation,
  Position,
  SharedFailure,
  SharedTier,
  TierConnection,
  TierListener,
  TierOptions,
  TierRead,
  TierRecord,
  Written,
} from '@breakwater/cache'
import type { Clock } from '@breakwater/core'

interface Logged {
  readonly position: Position
  readonly mutation: Mutation
  readonly id?: string | undefined
  readonly atMs: number
}

interface ShardState {
  incarnation: number
  seq: number
  log: Logged[]
  tags: Map<string, number>
  cleared: number
}

type Stored =
  | { readonly kind: 'value'; readonly incarnation: number; readonly record: TierRecord }
  | { readonly kind: 'lease'; readonly token: string; readonly untilMs: number }
  | { readonly kind: 'failure'; readonly body: Uint8Array; readonly untilMs: number }
  | { readonly kind: 'foreign' }

/** Commands of a tier, by their names. */
export type Command = Exclude<keyof TierConnection, 'shards' | 'shardOf' | 'isReady' | 'now'>

/** What a command meets: executed and answered, never executed nor answered, refused, or executed without an answer. */
export type Fate = 'answered' | 'hangs' | 'fails' | 'unanswered'

/** A tier in memory that does as the port says, for as many processes as are connected, and fails as it is told. */
export class FakeServer {
  readonly clock: Clock
  readonly shards: number
  readonly nodes: FakeNode[] = []
  /** What is stored, leases on top of values apart. */
  readonly entries = new Map<string, Stored>()
  readonly leases = new Map<string, Stored>()
  states: ShardState[]
  /** How far its clock is ahead of the processes' own. */
  aheadMs = 5_000_000
  #names = 0

  constructor(clock: Clock, shards = 1) {
    this.clock = clock
    this.shards = shards
    this.states = Array.from({ length: shards }, () => this.#newState(1))
  }

  /** The side of one process. */
  node(): FakeNode {
    const node = new FakeNode(this)
    this.nodes.push(node)
    return node
  }

  nowMs(): number {
    return this.clock.now() + this.aheadMs
  }

  state(shard: number): ShardState {
    return this.states[shard] as ShardState
  }

  /** Everything is lost, and begins anew. */
  flush(): void {
    this.entries.clear()
    this.leases.clear()
    this.states = this.states.map(({ incarnation }) => this.#newState(incarnation + 1))
  }

  /** The latest changes never happened, as after a failover. What they stored is gone as well. */
  rollBack(changes: number, shard = 0): void {
    const state = this.state(shard)
    for (const { mutation } of state.log.splice(-changes))
      if (mutation.kind === 'set') this.entries.delete(mutation.key)
      else if (mutation.kind === 'invalidate') for (const tag of mutation.tags) state.tags.delete(tag)
      else if (mutation.kind === 'clear') state.cleared = 0
    state.seq = state.log.at(-1)?.position.seq ?? 0
  }

  /** Cuts the log short, so that who is behind has lost it. */
  trim(shard = 0): void {
    const { log } = this.state(shard)
    log.splice(0, log.length - 1)
  }

  append(shard: number, make: (position: Position) => Mutation, id?: string): Position {
    const state = this.state(shard)
    const position = this.#toPosition(++state.seq)
    const mutation = make(position)
    state.log.push({ position, mutation, id, atMs: this.clock.now() })
    if (mutation.kind === 'invalidate') for (const tag of mutation.tags) state.tags.set(tag, position.seq)
    if (mutation.kind === 'clear') state.cleared = position.seq
    for (const node of this.nodes) node.onAppended()
    return position
  }

  #newState(incarnation: number): ShardState {
    const position = this.#toPosition(1)
    const birth: Logged = { position, mutation: { kind: 'delete', keys: [], position }, atMs: this.clock.now() }
    return { incarnation, seq: 1, log: [birth], tags: new Map(), cleared: 0 }
  }

  #toPosition(seq: number): Position {
    return { seq, id: `${seq}-${++this.#names}` }
  }
}

/** One process' side of a {@link FakeServer}. */
export class FakeNode implements SharedTier, TierConnection {
  readonly shards: number
  isReady = true
  /** Whether it meets the log by itself. */
  attachesAlone = true
  /** Whether it reads the log every 20 ms; at once as well, if it is `isLive`. */
  isFollowing = true
  isLive = true
  isClosed = false
  /** Commands that were sent. */
  readonly sent: Command[] = []
  fates: Partial<Record<Command, Fate>> = {}
  /** Answers that wait, by command. */
  readonly #held = new Map<Command, Promise<void>>()
  readonly #server: FakeServer
  readonly #cursors: { incarnation: number; position: Position }[] = []
  #listener: TierListener | undefined = undefined
  #stop: (() => void) | undefined = undefined

  constructor(server: FakeServer) {
    this.#server = server
    this.shards = server.shards
  }

  get listener(): TierListener {
    if (this.#listener === undefined) throw new Error('Connect it first')
    return this.#listener
  }

  connect(_options: TierOptions, listener: TierListener): TierConnection {
    this.#listener = listener
    this.#beat()
    if (this.attachesAlone) queueMicrotask(() => this.follow())
    return this
  }

  /** Every command meets this from now on. */
  meet(fate: Fate): void {
    const commands: Command[] = [
      'read',
      'readMany',
      'lease',
      'renew',
      'release',
      'fill',
      'set',
      'delete',
      'invalidate',
      'clear',
    ]
    this.fates = Object.fromEntries(commands.map((command) => [command, fate]))
  }

  /** Keeps the answers of a command back, until the returned function is called. */
  hold(command: Command): () => void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held.set(command, promise)
    return () => {
      if (this.#held.get(command) === promise) this.#held.delete(command)
      resolve()
    }
  }

  /** Is cut off from the log, and from commands. */
  cut(): void {
    this.isFollowing = false
    this.isReady = false
    this.listener.onFailure(new Error('cut'))
  }

  mend(): void {
    this.isFollowing = true
    this.isReady = true
    this.follow()
  }

  onAppended(): void {
    if (this.isLive && this.isFollowing) queueMicrotask(() => this.follow())
  }

  /** Reads the log to its end. */
  follow(): void {
    if (this.#listener === undefined || this.isClosed) return
    for (let shard = 0; shard < this.shards; shard++) {
      const { incarnation, log, tags, cleared } = this.#server.state(shard)
      const cursor = this.#cursors[shard]
      const at = log.findIndex(({ position }) => position.id === cursor?.position.id)
      const { position } = log.at(-1) as Logged
      if (cursor === undefined || at === -1) {
        const isNew = cursor?.incarnation !== incarnation
        this.#listener.onHistory(shard, { position, isNew, clearedSeq: cleared, floorSeq: 0, tags: new Map(tags) })
      } else if (at < log.length - 1) {
        const mutations = log.slice(at + 1).map(({ mutation }) => mutation)
        this.#listener.onMutations(shard, mutations, position)
      }
      this.#cursors[shard] = { incarnation, position }
      this.#listener.onConfirmed(shard, this.#server.clock.now())
    }
  }

  now(): number {
    return this.#server.nowMs()
  }

  shardOf(key: string): number {
    return key.charCodeAt(key.length - 1) % this.shards
  }

  read(key: string, lease?: LeaseRequest): Promise<TierRead> {
    return this.#send('read', () => this.#read(key, lease))
  }

  readMany(keys: readonly string[], lease?: LeaseRequest): Promise<readonly TierRead[]> {
    return this.#send('readMany', () => keys.map((key) => this.#read(key, lease)))
  }

  lease(key: string, lease: LeaseRequest): ReturnType<TierConnection['lease']> {
    return this.#send('lease', () => this.#lease(key, lease))
  }

  renew(key: string, lease: LeaseRequest): Promise<boolean> {
    return this.#send('renew', () => {
      const isHeld = this.#holder(key)?.token === lease.token
      if (isHeld) this.#server.leases.set(key, this.#toLease(lease))
      return isHeld
    })
  }

  release(key: string, token: string, failure?: SharedFailure): Promise<void> {
    return this.#send('release', () => {
      if (this.#holder(key)?.token !== token) return
      if (failure === undefined) this.#server.leases.delete(key)
      else
        this.#server.leases.set(key, {
          kind: 'failure',
          body: failure.body,
          untilMs: this.#server.clock.now() + failure.forMs,
        })
    })
  }

  fill(key: string, token: string, record: TierRecord, since: Position): Promise<boolean> {
    return this.#send('fill', () => {
      const { log, incarnation } = this.#server.state(this.shardOf(key))
      if (this.#holder(key)?.token !== token) return false
      this.#server.leases.delete(key)
      if (!log.some(({ position }) => position.id === since.id)) return false
      this.#server.entries.set(key, { kind: 'value', incarnation, record })
      return true
    })
  }

  set(key: string, record: TierRecord, since: Position, id: string, isLast: boolean): Promise<Written> {
    return this.#send('set', () => {
      const shard = this.shardOf(key)
      const { log, incarnation, seq } = this.#server.state(shard)
      const done = log.find((logged) => logged.id === id)
      if (done !== undefined)
        return { kind: done.mutation.kind === 'set' ? 'stored' : 'deleted', position: done.position }
      const at = log.findIndex(({ position }) => position.id === since.id)
      const later = log.slice(at + 1)
      const isVoid = at === -1 || later.some(({ mutation }) => mutation.kind === 'clear')
      const contested = later.findLast(
        ({ mutation }) =>
          (mutation.kind === 'set' && mutation.key === key) ||
          (mutation.kind === 'delete' && mutation.keys.includes(key)) ||
          (mutation.kind === 'invalidate' && mutation.tags.some((tag) => record.tags.includes(tag))),
      )
      if (contested !== undefined && !isVoid && !isLast)
        return { kind: 'conflict', position: log.at(-1)?.position ?? { seq, id: '' }, notAfterMs: contested.atMs }
      this.#server.leases.delete(key)
      if (isVoid || contested !== undefined) {
        this.#server.entries.delete(key)
        const position = this.#server.append(shard, (place) => ({ kind: 'delete', keys: [key], position: place }), id)
        return { kind: 'deleted', position }
      }
      const position = this.#server.append(shard, (place) => ({ kind: 'set', key, position: place }), id)
      this.#server.entries.set(key, { kind: 'value', incarnation, record: { ...record, seq: position.seq } })
      return { kind: 'stored', position }
    })
  }

  delete(shard: number, keys: readonly string[]): Promise<Position> {
    return this.#send('delete', () => this.#delete(shard, keys))
  }

  #delete(shard: number, keys: readonly string[]): Position {
    for (const key of keys) {
      this.#server.entries.delete(key)
      this.#server.leases.delete(key)
    }
    return this.#server.append(shard, (position) => ({ kind: 'delete', keys, position }))
  }

  invalidate(shard: number, tags: readonly string[], keys: readonly string[] = []): Promise<Position> {
    return this.#send('invalidate', () => {
      if (keys.length > 0) this.#delete(shard, keys)
      return this.#server.append(shard, (position) => ({ kind: 'invalidate', tags, position }))
    })
  }

  clear(shard: number): Promise<Position> {
    return this.#send('clear', () => this.#server.append(shard, (position) => ({ kind: 'clear', position })))
  }

  close(): Promise<void> {
    this.isClosed = true
    this.isFollowing = false
    this.#stop?.()
    return Promise.resolve()
  }

  async #send<result>(command: Command, run: () => result): Promise<result> {
    this.sent.push(command)
    const fate = this.fates[command] ?? 'answered'
    if (fate === 'fails') throw new Error('down')
    if (fate === 'hangs') return new Promise(() => {})
    const result = run()
    if (fate === 'unanswered') return new Promise(() => {})
    await this.#held.get(command)
    return result
  }

  #read(key: string, lease?: LeaseRequest): TierRead {
    const stored = this.#server.entries.get(key)
    const { incarnation } = this.#server.state(this.shardOf(key))
    if (stored?.kind === 'value' && stored.incarnation === incarnation) return { kind: 'found', record: stored.record }
    if (stored !== undefined) return { kind: 'unusable' }
    const other = this.#blocker(key)
    if (other !== undefined) return other.kind === 'lease' ? { kind: 'busy' } : { kind: 'failed', body: other.body }
    if (lease === undefined) return { kind: 'absent' }
    this.#server.leases.set(key, this.#toLease(lease))
    return { kind: 'leased' }
  }

  #lease(key: string, lease: LeaseRequest): Awaited<ReturnType<TierConnection['lease']>> {
    const other = this.#blocker(key)
    if (other?.kind === 'lease') return 'busy'
    if (other?.kind === 'failure') return { kind: 'failed', body: other.body }
    this.#server.leases.set(key, this.#toLease(lease))
    return 'leased'
  }

  #blocker(key: string): Extract<Stored, { kind: 'lease' | 'failure' }> | undefined {
    const stored = this.#server.leases.get(key)
    if (stored?.kind !== 'lease' && stored?.kind !== 'failure') return undefined
    return stored.untilMs > this.#server.clock.now() ? stored : undefined
  }

  #holder(key: string): { readonly token: string } | undefined {
    const blocker = this.#blocker(key)
    return blocker?.kind === 'lease' ? blocker : undefined
  }

  #toLease({ token, forMs }: LeaseRequest): Stored {
    return { kind: 'lease', token, untilMs: this.#server.clock.now() + forMs }
  }

  #beat(): void {
    this.#stop = this.#server.clock.after(20, () => {
      if (this.isFollowing) this.follow()
      if (!this.isClosed) this.#beat()
    })
  }
}
