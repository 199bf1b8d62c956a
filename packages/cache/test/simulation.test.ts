import { type Cache, createCache } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { createSimulation } from '@breakwater/cache/testing'
import { expect, test } from 'vitest'

test('createSimulation() gives each process a cache that hears of what others change', async () => {
  const simulation = createSimulation({ seed: 1, processes: 2 })
  const [one, other] = simulation.processes.map(({ clock, connect }) =>
    createCache({ name: 'users', shared: createRedisTier(connect()), clock }),
  ) as [Cache, Cache]
  await simulation.run(100)
  const loaded = Promise.all([one.getOrSet('a', () => 1), other.getOrSet('a', () => 2)])
  await simulation.run(1_000)
  const [first, second] = await loaded
  expect(first).toBe(second)

  const deleted = other.delete('a')
  await simulation.run(250)
  expect([await deleted, one.peek('a')]).toEqual(['applied', undefined])
  await simulation.close()
})

test('createSimulation() costs a caller no more than the limit while the server is paused', async () => {
  const simulation = createSimulation({ seed: 2, processes: 1, servers: 3 })
  const [process] = simulation.processes as [(typeof simulation.processes)[number]]
  const cache = createCache({ name: 'users', shared: createRedisTier(process.connect()), clock: process.clock })
  cache.subscribe(() => {})
  await simulation.run(100)
  for (const server of [0, 1, 2]) await simulation.apply({ do: 'pause', server, forMs: 5_000 })
  const startedMs = simulation.nowMs
  let tookMs = Number.POSITIVE_INFINITY
  cache
    .getOrSet('a', () => 1)
    .then(() => {
      tookMs = simulation.nowMs - startedMs
    })
  await simulation.run(1_000)
  expect(tookMs).toBeLessThanOrEqual(200)
  await simulation.close()
})
