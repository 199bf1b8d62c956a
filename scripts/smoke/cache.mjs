import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { subscribe } from 'node:diagnostics_channel'

export async function smoke({
  '@breakwater/cache': cache,
  '@breakwater/cache/memory': memory,
  '@breakwater/cache/redis': redis,
  '@breakwater/cache/testing': testing,
  '@breakwater/core/testing': { createManualClock },
}) {
  const clock = createManualClock()
  await loadsOnce(cache, memory, clock)
  await invalidates(cache, clock)
  await servesStaleValues(cache, clock)
  await endsWhatTakesTooLong(cache, clock)
  await worksOnSeveralKeys(cache, clock)
  await goesOnWithoutRedis(cache, redis)
  await storesBytes(cache)
  namesBadOptions(cache, memory, redis)
  assert.ok(Object.keys(testing).length > 0)
  assert.equal(clock.pending, 0)
}

async function loadsOnce({ createCache }, { createMemoryStore }, clock) {
  const cache = createCache({ name: 'smoke', memory: createMemoryStore({ maxEntries: 2 }), ttlMs: 1_000, clock })
  let loads = 0
  const read = () => cache.getOrSet('a', async () => ++loads)
  assert.deepEqual(await Promise.all([read(), read(), read()]), [1, 1, 1])
  assert.equal(cache.peek('a'), 1)
  clock.advance(1_000)
  assert.equal(await cache.get('a'), undefined)
  assert.equal(await read(), 2)
  assert.equal(numberOf(cache, 'cache_loads_joined_total'), 2)
  assert.equal((await cache.inspect('a')).next, 'memory-hit')
  for (const key of ['b', 'c']) await cache.set(key, key)
  assert.equal(numberOf(cache, 'cache_memory_evictions_total'), 1)
  await cache.close()
}

async function invalidates({ createCache, isCacheClosedError }, clock) {
  const cache = createCache({ name: 'smoke', clock })
  const part = cache.namespace('part')
  await cache.getOrSet('a', ({ tag }) => tag('x') ?? 1)
  await part.set('a', 2, { tags: ['y'] })
  assert.equal(await cache.invalidateTags(['x']), 'applied')
  assert.deepEqual([cache.peek('a'), part.peek('a'), cache.peek('part:a')], [undefined, 2, 2])

  // What a load reads that began before a change is for its callers only.
  let release
  const load = cache.getOrSet('b', () => new Promise((resolve) => (release = resolve)))
  await cache.delete('b')
  release('old')
  assert.equal(await load, 'old')
  assert.equal(cache.peek('b'), undefined)

  await part.clear()
  assert.equal(part.peek('a'), undefined)
  await cache.close()
  await assert.rejects(cache.get('a'), isCacheClosedError)
}

async function servesStaleValues({ CACHE_CHANNEL, createCache }, clock) {
  const name = `stale ${Math.random()}`
  const heard = []
  subscribe(CACHE_CHANNEL, ({ source, event }) => source === name && heard.push(event.type))
  const cache = createCache({ name, ttlMs: 1_000, graceMs: 10_000, retryDelayMs: 0, clock })
  const down = new Error('down')
  await cache.set('a', 1)
  clock.advance(5_000)
  assert.equal(await cache.getOrSet('a', () => Promise.reject(down)), 1)
  assert.deepEqual(heard, ['load:failed'])
  await assert.rejects(
    cache.getOrSet('b', () => Promise.reject(down)),
    (error) => error === down,
  )
  await cache.close()
}

async function endsWhatTakesTooLong({ createCache, isLoadTimeoutError }, clock) {
  const cache = createCache({ name: 'smoke', hardTimeoutMs: 100, clock })
  let reason
  const hung = cache.getOrSet(
    'a',
    ({ signal }) => new Promise(() => signal.addEventListener('abort', () => (reason = signal.reason))),
  )
  const ended = assert.rejects(hung, isLoadTimeoutError)
  await clock.advanceAsync(100)
  await ended
  assert.ok(isLoadTimeoutError(reason))
  await cache.close()
}

async function worksOnSeveralKeys({ createCache }, clock) {
  const cache = createCache({ name: 'smoke', clock })
  const double = cache.wrap(async (n) => 2 * n, { key: (n) => `double:${n}` })
  assert.equal(await double(2), 4)
  const asked = []
  const values = await cache.getOrSetMany(['double:2', 'x', 'y'], async (keys) => {
    asked.push(...keys)
    return new Map([['x', 1]])
  })
  assert.deepEqual(
    [...values],
    [
      ['double:2', 4],
      ['x', 1],
    ],
  )
  assert.deepEqual(asked, ['x', 'y'])
  const { warmed, isComplete } = await cache.warmUp(['x', 'z'], ({ key }) => key)
  assert.deepEqual([warmed, isComplete, cache.peek('z')], [2, true, 'z'])
  await cache.close()
}

/** A client that never connects. */
function createDeadClient() {
  const client = {
    status: 'connecting',
    isCluster: false,
    options: {},
    call: () => new Promise(() => {}),
    callBuffer: () => new Promise(() => {}),
    duplicate: createDeadClient,
    on(event, listener) {
      if (event === 'end') setImmediate(listener)
      return client
    },
    disconnect() {},
  }
  return client
}

async function goesOnWithoutRedis({ createCache }, { createRedisTier }) {
  const cache = createCache({ name: 'smoke', shared: createRedisTier(createDeadClient()), tierTimeoutMs: 10 })
  const heard = []
  cache.subscribe(({ type }) => heard.push(type))
  assert.equal(await cache.getOrSet('a', () => 1), 1)
  assert.equal(await cache.delete('a'), 'queued')
  assert.equal(cache.peek('a'), undefined)
  assert.equal(numberOf(cache, 'cache_invalidations_queued'), 1)
  await cache.close()
  assert.ok(heard.includes('invalidations:queued') && heard.includes('invalidations:lost'))
}

async function storesBytes({ createCompressor, createEncryptor, createStructuredSerializer, jsonSerializer }) {
  const value = { at: new Date(0), text: 'rope '.repeat(1_000) }
  const serializer = createStructuredSerializer()
  const compressor = createCompressor()
  const encryptor = createEncryptor({ keys: [{ id: '1', key: randomBytes(32) }] })
  const compressed = await compressor.compress(serializer.serialize(value))
  assert.ok(compressed.length < 1_000)
  const encrypted = await encryptor.encrypt(compressed, 'a')
  const decrypted = await encryptor.decrypt(encrypted, 'a')
  assert.deepEqual(serializer.deserialize(await compressor.decompress(decrypted)), value)
  assert.throws(() => encryptor.decrypt(encrypted, 'b'))
  assert.equal(jsonSerializer.serialize([1]), '[1]')
}

function namesBadOptions({ createCache }, { createMemoryStore }, { createRedisTier }) {
  assert.throws(() => createCache({ name: '' }), TypeError)
  assert.throws(() => createCache({ name: 'smoke', ttlMs: -1 }), /`ttlMs`.* -1/)
  assert.throws(() => createMemoryStore({ maxEntries: 0 }), {
    name: 'RangeError',
    message: 'Expected `maxEntries` to be a positive integer, got 0',
  })
  assert.throws(() => createRedisTier(createDeadClient(), { prefix: '{x}' }), /`prefix` to be without braces/)
}

function numberOf(measured, wanted) {
  return measured.measure().find(({ name }) => name === wanted)?.value
}
