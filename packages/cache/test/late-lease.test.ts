import { type Cache, createCache } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { createSimulation } from '@breakwater/cache/testing'
import { expect, test } from 'vitest'

test('a lease that is granted after its process gave up is given back', async () => {
  const simulation = createSimulation({ seed: 3, processes: 2 })
  const [one, other] = simulation.processes.map(({ clock, connect }) => {
    const cache = createCache({ name: 'users', shared: createRedisTier(connect()), clock, leaseMs: 5_000 })
    cache.subscribe(() => {})
    return cache
  }) as [Cache, Cache]
  await simulation.run(100)
  // Longer than a caller waits for the tier, and not so long that the log is lost.
  await simulation.apply({ do: 'pause', server: 0, forMs: 150 })
  const alone = one.getOrSet('a', () => 'of one')
  await simulation.run(400)
  expect(await alone).toBe('of one')

  const startedMs = simulation.nowMs
  let tookMs = Number.POSITIVE_INFINITY
  const shared = other.getOrSet('a', () => 'of the other')
  shared.then(() => {
    tookMs = simulation.nowMs - startedMs
  })
  await simulation.run(1_000)
  expect(tookMs).toBeLessThan(100)
  await simulation.close()
})
