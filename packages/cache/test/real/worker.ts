import { type Cache, createCache } from '../../src/index.ts'
import type { Engine } from '../../src/lib/engine.ts'
import type { Mutation, SharedTier } from '../../src/lib/shared/tier.ts'
import { Dice } from '../../src/lib/testing/dice.ts'
import { createRedisTier } from '../../src/redis.ts'
import { openTierClient } from './clients.ts'
import {
  type CallError,
  type ChangeRecord,
  EVERY_KEY,
  type Fault,
  type FromWorker,
  KEYS,
  type Occurrence,
  type Order,
  type ReadHow,
  type ReadRecord,
  type Seen,
  type Setup,
  sharedNow,
  TAGS,
  type ToWorker,
  type WriteHow,
  withTagOf,
} from './messages.ts'

// A process with one cache, which another process forked: it works at random, and tells all that happens.

const NODE = Number(process.argv[2])
/** A loop that is later than this is written down. */
const STALL_MS = 40
const PULSE_MS = 10
const TELL_EVERY_MS = 50
const REST_LIMIT_MS = 20_000
const SEE_LIMIT_MS = 5_000
const LOADER_FAILURE = 'LoaderFailure'

interface Value {
  readonly version: number
  readonly by: string
}

let setup: Setup | undefined
let cache: Cache | undefined
let closeClient = (): void => {}
let told: Occurrence[] = []
const open = new Map<number, ReadRecord | ChangeRecord>()
const asked = new Map<number, (versions: Record<number, number>) => void>()
let numbers = 0
let lanes: Promise<unknown>[] = []
let isWorking = false

process.on('message', (message: ToWorker) => {
  if (message.kind === 'source') {
    asked.get(message.id)?.(message.versions)
    asked.delete(message.id)
    return
  }
  const { id, order } = message
  obey(order).then(
    (result) => {
      tell()
      send({ kind: 'done', id, result })
    },
    (error) => send({ kind: 'done', id, error: String((error as Error).stack ?? error) }),
  )
})
process.on('disconnect', () => process.exit())

let beatMs = sharedNow()
let cpu = process.cpuUsage()
setInterval(() => {
  const nowMs = sharedNow()
  const { user, system } = process.cpuUsage(cpu)
  const cpuMs = (user + system) / 1_000
  if (nowMs - beatMs > STALL_MS) told.push({ kind: 'stall', node: NODE, fromMs: beatMs, untilMs: nowMs, cpuMs })
  beatMs = nowMs
  cpu = process.cpuUsage()
}, PULSE_MS)
setInterval(tell, TELL_EVERY_MS)

function send(message: FromWorker): void {
  process.send?.(message)
}

function tell(): void {
  if (told.length === 0) return
  send({ kind: 'told', told })
  told = []
}

/** Asks for the versions of keys, after raising those of some. */
function askSource(keys: readonly number[], bump: readonly number[] = []): Promise<Record<number, number>> {
  const id = ++numbers
  send({ kind: 'source', id, bump, keys })
  return new Promise((resolve) => asked.set(id, resolve))
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'open':
      return openCache(order.setup)
    case 'work': {
      isWorking = true
      lanes = Array.from({ length: order.lanes }, (_, lane) => work(new Dice(order.seed, NODE, lane)))
      return undefined
    }
    case 'rest':
      return rest()
    case 'leftovers':
      return leftovers(order.sinceMs)
    case 'last':
      return readLast()
    case 'read':
      return read(order.how, [order.key], { beforeMs: 0, afterMs: order.loadMs ?? 0, isFailing: false })
    case 'change':
      return change(order.how, order.key)
    case 'see gone':
      return seeGone(order.key)
    case 'close':
      return closeCache()
  }
}

async function openCache(wanted: Setup): Promise<void> {
  await closeCache()
  const { client, close } = openTierClient(wanted.connect)
  setup = wanted
  closeClient = close
  cache = create(wanted, breakTier(createRedisTier(client), wanted.fault))
  cache.subscribe((event) => {
    const changes = 'changes' in event ? event.changes : undefined
    told.push({ kind: 'event', node: NODE, type: event.type, atMs: sharedNow(), changes })
  })
}

function create({ name, ttlMs, maxStalenessMs, leaseMs, hardTimeoutMs }: Setup, shared: SharedTier): Cache {
  return createCache({ name, shared, ttlMs, maxStalenessMs, leaseMs, hardTimeoutMs })
}

function breakTier(tier: SharedTier, fault: Fault | undefined): SharedTier {
  if (fault === undefined) return tier
  return {
    connect(options, listener) {
      const hear: typeof listener.onMutations = (shard, mutations, position) => {
        // It knows that there was something, and not what: or it would notice that it misses its own changes.
        if (fault !== 'no lease') listener.onMutations(shard, mutations.map(withoutWhat), position)
        if (fault === 'slow ear') setTimeout(() => listener.onMutations(shard, mutations, position), 600)
        if (fault === 'no lease') listener.onMutations(shard, mutations, position)
      }
      const connection = tier.connect(options, {
        onHistory: (shard, history) => listener.onHistory(shard, history),
        onMutations: hear,
        onConfirmed: (shard, atMs) => listener.onConfirmed(shard, atMs),
        onForeignChange: (key) => listener.onForeignChange(key),
        onFailure: (error) => listener.onFailure(error),
      })
      if (fault !== 'no lease') return connection
      return Object.assign(Object.create(connection) as typeof connection, {
        read: async (key: string) => {
          const answer = await connection.read(key)
          return answer.kind === 'absent' || answer.kind === 'busy' ? { kind: 'leased' as const } : answer
        },
      })
    },
  }
}

function withoutWhat({ position }: Mutation): Mutation {
  return { kind: 'delete', keys: [], position }
}

async function closeCache(): Promise<void> {
  await cache?.close()
  closeClient()
  cache = undefined
}

/** Ends the work. Tells which calls are still open after a time that none should take. */
async function rest(): Promise<number> {
  isWorking = false
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => {
    timer = setTimeout(resolve, REST_LIMIT_MS)
  })
  await Promise.race([Promise.all(lanes), limit])
  clearTimeout(timer)
  for (const record of open.values()) told.push(record)
  const count = open.size
  open.clear()
  return count
}

/** What a cache with nothing to do should not hold. */
function leftovers(sinceMs: number): readonly string[] {
  const engine = (cache as unknown as { readonly engine: Engine }).engine
  const held: string[] = []
  const note = (count: number, what: string): void => {
    if (count > 0) held.push(`${count} ${what}`)
  }
  // While it works, there are always some.
  if (!isWorking) {
    note(engine.flights.size, 'loads')
    note(engine.retired.size, 'retired loads')
    note(engine.pendingKeys.size, 'pending keys')
  }
  note(engine.shared?.outbox.size ?? 0, 'queued changes')
  const offsetMs = sharedNow() - engine.clock.now()
  for (const [shard, { confirmedAtMs }] of engine.timelines.entries())
    if (confirmedAtMs + offsetMs < sinceMs) held.push(`shard ${shard} not confirmed`)
  if (engine.shared?.link.connection.isReady === false) held.push('client not ready')
  return held
}

async function work(dice: Dice): Promise<void> {
  while (isWorking) {
    await sleep(dice.between(5, 55))
    const key = dice.between(0, KEYS - 1)
    const keys = [key, (key + dice.between(1, 3)) % KEYS, (key + dice.between(4, 9)) % KEYS]
    const how = dice.next()
    if (how < 0.11) {
      await change(dice.pick(['delete', 'delete', 'delete', 'set', 'set', 'set', 'deleteMany', 'tag']), key)
      continue
    }
    if (how < 0.115) {
      await change('clear', key)
      continue
    }
    const loader = {
      beforeMs: dice.pick([0, 0, 1, 5, 20]),
      afterMs: dice.pick([0, 1, 5, 20, 100]),
      isFailing: dice.chance(0.02),
    }
    if (how < 0.65) await read('getOrSet', [key], loader)
    else if (how < 0.75) await read('getOrSetMany', keys, loader)
    else if (how < 0.87) await read('get', [key], loader)
    else if (how < 0.92) await read('peek', [key], loader)
    else await read('getMany', keys, loader)
  }
}

interface LoaderPlan {
  readonly beforeMs: number
  readonly afterMs: number
  readonly isFailing: boolean
}

async function read(how: ReadHow, keys: readonly number[], loader: LoaderPlan): Promise<readonly Seen[]> {
  const record = { kind: 'read', node: NODE, how, keys, calledMs: sharedNow(), endedMs: Number.MAX_VALUE } as const
  return run({ ...record, seen: [] }, async () => toSeen(await readValues(how, keys, loader)))
}

async function run(record: ReadRecord, call: () => Promise<readonly Seen[]>): Promise<readonly Seen[]> {
  const id = ++numbers
  open.set(id, record)
  let seen: readonly Seen[] = []
  let error: CallError | undefined
  try {
    seen = await call()
  } catch (thrown) {
    error = toCallError(thrown)
  }
  if (open.delete(id)) told.push({ ...record, endedMs: sharedNow(), seen, error })
  return seen
}

async function readValues(
  how: ReadHow,
  keys: readonly number[],
  loader: LoaderPlan,
): Promise<readonly (readonly [number, unknown])[]> {
  const own = cache as Cache
  const [key] = keys as [number]
  switch (how) {
    case 'getOrSet':
      return [
        [
          key,
          await own.getOrSet(name(key), async () => (await load([key], loader)).get(name(key)), { tags: tagsOf(key) }),
        ],
      ]
    case 'get':
      return [[key, await own.get(name(key))]]
    case 'peek':
      return [[key, own.peek(name(key))]]
    case 'getMany':
      return toPairs(keys, await own.getMany(keys.map(name)))
    default: {
      // All of them for all values, as a bulk loader's tags are.
      const tags = [...new Set(keys.flatMap(tagsOf))]
      return toPairs(
        keys,
        await own.getOrSetMany(keys.map(name), (missing) => load(missing.map(number), loader), { tags }),
      )
    }
  }
}

async function load(keys: readonly number[], plan: LoaderPlan): Promise<Map<string, Value>> {
  const id = `L${NODE}.${++numbers}`
  const beganMs = sharedNow()
  try {
    if (plan.beforeMs > 0) await sleep(plan.beforeMs)
    if (plan.isFailing) throw Object.assign(new Error(`of load ${id}`), { name: LOADER_FAILURE })
    const versions = await askSource(keys)
    if (plan.afterMs > 0) await sleep(plan.afterMs)
    return new Map(keys.map((key) => [name(key), { version: versions[key] as number, by: id }]))
  } finally {
    told.push({ kind: 'load', id, node: NODE, keys, beganMs, endedMs: sharedNow() })
  }
}

async function change(how: WriteHow, key: number): Promise<string | undefined> {
  const second = (key + 1) % KEYS
  const keys =
    how === 'clear' ? EVERY_KEY : how === 'tag' ? withTagOf(key) : how === 'deleteMany' ? [key, second] : [key]
  const versions = await askSource(keys, how === 'clear' ? [key] : keys)
  const number = ++numbers
  const id = `S${NODE}.${number}`
  const record = { kind: 'change', id, node: NODE, how, versions, result: undefined } as const
  const calledMs = sharedNow()
  open.set(number, { ...record, calledMs, endedMs: Number.MAX_VALUE })
  let result: 'applied' | 'queued' | undefined
  let error: CallError | undefined
  try {
    result = await apply(how, keys, { version: versions[key] as number, by: id })
  } catch (thrown) {
    error = toCallError(thrown)
  }
  if (open.delete(number)) told.push({ ...record, calledMs, endedMs: sharedNow(), result, error })
  return result
}

function apply(how: WriteHow, keys: readonly number[], value: Value): Promise<'applied' | 'queued'> {
  const own = cache as Cache
  const [key] = keys as [number]
  switch (how) {
    case 'delete':
      return own.delete(name(key))
    case 'deleteMany':
      return own.deleteMany(keys.map(name))
    case 'set':
      return own.set(name(key), value, { tags: tagsOf(key) })
    case 'tag':
      return own.invalidateTags(tagsOf(key))
    case 'clear':
      return own.clear()
  }
}

/** Reads everything a last time, also with a cache that knows only what the tier has. */
async function readLast(): Promise<void> {
  const loader = { beforeMs: 0, afterMs: 0, isFailing: false }
  for (const key of EVERY_KEY) {
    const record = { kind: 'read', node: NODE, keys: [key], calledMs: sharedNow(), endedMs: 0 } as const
    await run({ ...record, how: 'last', seen: [] }, async () => toSeen(await readValues('peek', [key], loader)))
    await run({ ...record, how: 'last', seen: [] }, async () => toSeen(await readValues('get', [key], loader)))
  }
  const { client, close } = openTierClient((setup as Setup).connect)
  const fresh = create(setup as Setup, createRedisTier(client))
  fresh.subscribe(() => {})
  const record = { kind: 'read', node: NODE, how: 'fresh', keys: EVERY_KEY, calledMs: sharedNow(), endedMs: 0 } as const
  await run({ ...record, seen: [] }, async () => toSeen(toPairs(EVERY_KEY, await fresh.getMany(EVERY_KEY.map(name)))))
  await fresh.close()
  close()
}

/** When a value has left the first layer. */
async function seeGone(key: number): Promise<number> {
  const limitMs = sharedNow() + SEE_LIMIT_MS
  while (cache?.peek(name(key)) !== undefined) {
    if (sharedNow() > limitMs) throw new Error(`${name(key)} is still there after ${SEE_LIMIT_MS} ms`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return sharedNow()
}

function toPairs(
  keys: readonly number[],
  found: ReadonlyMap<string, unknown>,
): readonly (readonly [number, unknown])[] {
  return keys.map((key) => [key, found.get(name(key))])
}

function toSeen(pairs: readonly (readonly [number, unknown])[]): readonly Seen[] {
  return pairs.flatMap(([key, value]) => (value === undefined ? [] : [{ key, ...(value as Value) }]))
}

function toCallError(thrown: unknown): CallError {
  const { name, message } = thrown as Error
  return { name, message }
}

function name(key: number): string {
  return `k${key}`
}

function number(key: string): number {
  return Number(key.slice(1))
}

function tagsOf(key: number): readonly string[] {
  return [`t${key % TAGS}`]
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
