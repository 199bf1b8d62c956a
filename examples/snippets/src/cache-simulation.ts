import assert from 'node:assert/strict'
// #region
import { type Cache, createCache } from '@breakwater/cache'
import { createRedisTier } from '@breakwater/cache/redis'
import { createSimulation } from '@breakwater/cache/testing'

const simulation = createSimulation({ seed: 1, processes: 2 })
const [one, other] = simulation.processes.map(({ connect, clock }) =>
  createCache({ name: 'prices', shared: createRedisTier(connect()), clock }),
) as [Cache, Cache]
await simulation.run(100) // both have met the log

const loads = Promise.all([one.getOrSet('oil', () => 70), other.getOrSet('oil', () => 71)])
await simulation.run(1_000)
const [price, same] = await loads
assert.equal(price, same) // one process loaded, the other one waited for it

// Redis stops answering: a caller waits no longer than `tierTimeoutMs`.
await simulation.apply({ do: 'pause', server: 0, forMs: 5_000 })
const alone = one.getOrSet('gas', () => 3)
await simulation.run(150)
assert.equal(await alone, 3)

await simulation.close()
// #endregion
