import assert from 'node:assert/strict'

const log = (line: string): void => void lines.push(line)
const lines: string[] = []

// #region
import { subscribe } from 'node:diagnostics_channel'
import { CACHE_CHANNEL, type CacheEvent, createCache } from '@breakwater/cache'
import type { ChannelMessage } from '@breakwater/core'

const cache = createCache({ name: 'prices', ttlMs: 60_000, graceMs: 600_000 })

// One cache …
cache.subscribe((event) => {
  if (event.type === 'load:failed') log(`A stale value was served, or a refresh failed: ${event.error}`)
})

// … or every cache of this process.
subscribe(CACHE_CHANNEL, (message) => {
  const { source, event } = message as ChannelMessage<CacheEvent>
  log(`${source} ${event.type}`)
})

// Numbers are read when somebody asks.
for (const { name, labels, value } of cache.measure()) log(`${name} ${JSON.stringify(labels ?? {})} ${value}`)
const { hitRatio, hits, misses } = cache.hitWindow(300_000) // the latest five minutes
// #endregion

assert.deepEqual([hitRatio, hits, misses], [undefined, 0, 0])
assert.ok(lines.includes('cache_hits_total {"layer":"memory"} 0'))
lines.length = 0
await cache.set('a', 1, { ttlMs: 1 })
await new Promise((resolve) => setTimeout(resolve, 20))
assert.equal(await cache.getOrSet('a', () => Promise.reject(new Error('down'))), 1)
assert.deepEqual(lines, ['A stale value was served, or a refresh failed: Error: down', 'prices load:failed'])
await cache.close()
