import { type Clock, systemClock } from '@breakwater/core'
import type {
  History,
  LeaseRequest,
  Mutation,
  Position,
  SharedTier,
  TierConnection,
  TierRead,
  TierRecord,
} from '../shared/tier.ts'
import { check } from './case.ts'

/** A tier under test. */
export interface TierUnderTest {
  /** What is tried. */
  readonly tier: SharedTier
  /**
   * Where it takes the time from.
   *
   * @defaultValue `systemClock`
   */
  readonly clock?: Clock | undefined
  /**
   * Lets time pass, for the server too.
   *
   * @defaultValue a timer
   */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined
  /** Gives back what was opened for it. */
  close(): Promise<void>
}

/** A process that follows the log. */
export interface Member {
  readonly connection: TierConnection
  readonly clock: Clock
  /** What was told, in order, for each shard. */
  readonly histories: readonly (readonly History[])[]
  readonly mutations: readonly (readonly Mutation[])[]
  /** Latest `atMs` of each shard. */
  readonly confirmedAtMs: readonly number[]
  /** Latest position told of a key's shard. */
  positionFor(key: string): Position
  /** Resolves when what was committed up to now has been told, for all shards. */
  caughtUp(): Promise<void>
  /** Loads a key as a cache would: asks for the lease, fills. */
  load(key: string, record: Partial<TierRecord>): Promise<boolean>
}

/** What a case works with. */
export interface Setting {
  /** Opens a member of one cache, or of another one, and waits until it follows. */
  open(cache?: string): Promise<Member>
  /** Lets time pass. */
  sleep(ms: number): Promise<void>
  /** Resolves when something has become so; rejects if it takes over 10 seconds. */
  until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void>
  /** Closes everything. */
  close(): Promise<void>
}

/** Rejects if the tier does not do what it should. */
export type TierTrial = (setting: Setting) => Promise<void>

const POLL_MS = 5
const PATIENCE_MS = 10_000

/**
 * @param create Makes tiers.
 */
export function openSetting(create: (name: string) => Promise<TierUnderTest>): Setting {
  const run = unique()
  const tiers: TierUnderTest[] = []
  const connections: TierConnection[] = []
  const failures: unknown[] = []

  async function sleep(ms: number): Promise<void> {
    const own = tiers.find((tier) => tier.sleep !== undefined)
    await (own?.sleep?.(ms) ?? new Promise((resolve) => setTimeout(resolve, ms)))
  }

  async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let waitedMs = 0; !(await isSo()); waitedMs += POLL_MS) {
      check(waitedMs < PATIENCE_MS, `${what} in time${failures.length > 0 ? `, after ${String(failures[0])}` : ''}`)
      await sleep(POLL_MS)
    }
  }

  return {
    sleep,
    until,
    async open(cache = 'cache') {
      const name = `${cache}-${run}`
      const underTest = await create(name)
      tiers.push(underTest)
      const member = follow(underTest, name, failures, until)
      connections.push(member.connection)
      const { connection, histories, confirmedAtMs } = member
      await until(
        () =>
          histories.length >= connection.shards && confirmedAtMs.filter(Number.isFinite).length === connection.shards,
        'it follows',
      )
      return member
    },
    async close() {
      await Promise.all(connections.map((connection) => connection.close()))
      await Promise.all(tiers.map((tier) => tier.close()))
    },
  }
}

function follow(
  { tier, clock = systemClock }: TierUnderTest,
  name: string,
  failures: unknown[],
  until: Setting['until'],
): Member {
  const histories: History[][] = []
  const mutations: Mutation[][] = []
  const positions: Position[] = []
  const confirmedAtMs: number[] = []
  const connection = tier.connect(
    { name, maxStalenessMs: 1_000, clock },
    {
      onHistory(shard, history) {
        histories[shard] = [...(histories[shard] ?? []), history]
        mutations[shard] ??= []
        positions[shard] = history.position
      },
      onMutations(shard, told, position) {
        mutations[shard]?.push(...told)
        positions[shard] = position
      },
      onConfirmed(shard, atMs) {
        confirmedAtMs[shard] = atMs
      },
      onForeignChange() {},
      onFailure: (error) => failures.push(error),
    },
  )
  const positionFor = (key: string) => {
    const position = positions[connection.shardOf(key)]
    check(position !== undefined, 'a position is known')
    return position
  }
  return {
    connection,
    clock,
    histories,
    mutations,
    confirmedAtMs,
    positionFor,
    async caughtUp() {
      const now = clock.now()
      await until(() => confirmedAtMs.every((atMs) => atMs >= now), 'everything is confirmed')
    },
    async load(key, record) {
      const since = positionFor(key)
      const lease = toLease()
      const read = await connection.read(key, lease)
      check(read.kind === 'leased', `the lease of ${key} is granted, but it is ${read.kind}`)
      return connection.fill(key, lease.token, toRecord({ seq: since.seq, ...record }), since)
    },
  }
}

let count = 0

/** A text that no other run of any process has. */
export function unique(): string {
  return `${process.pid.toString(36)}-${Date.now().toString(36)}-${(count++).toString(36)}`
}

/**
 * @param forMs Milliseconds that it holds.
 */
export function toLease(forMs = 30_000): LeaseRequest {
  return { token: unique(), forMs }
}

/**
 * @param record What matters.
 */
export function toRecord(record: Partial<TierRecord> = {}): TierRecord {
  return {
    seq: 0,
    bornAtMs: 1_700_000_000_000,
    ttlMs: 60_000,
    staleWhileRevalidateMs: 0,
    graceMs: 0,
    tags: [],
    format: 0,
    body: Buffer.from('a value'),
    ...record,
  }
}

/**
 * The text of a record that must be there.
 *
 * @param read What was read.
 */
export function textOf(read: TierRead): string {
  return Buffer.from(foundIn(read).body).toString()
}

/**
 * The record that must be there.
 *
 * @param read What was read.
 */
export function foundIn(read: TierRead): TierRecord {
  check(read.kind === 'found', `a record is found, but it is ${read.kind}`)
  return read.record
}

/**
 * Bytes of a text.
 *
 * @param text The text.
 */
export function bytes(text: string): Uint8Array {
  return Buffer.from(text)
}
