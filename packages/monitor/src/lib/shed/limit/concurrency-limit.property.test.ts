import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { ConcurrencyLimit } from './concurrency-limit.ts'

const SEEDS = 50 * Number(process.env.SOAK ?? 1)
const STEPS = 3_000

test('gate is whole, at least one and at most the most, and no number is none, whatever comes', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = createRandom(seed)
    const upTo = (most: number): number => Math.floor(random() * most)
    const max = 1 + upTo(300)
    let nowMs = 1 + upTo(1e6)
    const limit = new ConcurrencyLimit({ initial: 1 + upTo(max), max }, nowMs)
    const ids: number[] = []
    let [arrived, admitted] = [0, 0]
    for (let step = 0; step < STEPS; step++) {
      nowMs += random() < 0.005 ? random() * 1e5 : random() < 0.3 ? 0 : random() * 5
      const what = random()
      if (what < 0.5) {
        arrived++
        limit.arrive(ids.length)
        if (ids.length < limit.gate) {
          admitted++
          ids.push(limit.start(ids.length + 1, nowMs))
        }
      } else if (what < 0.9 && ids.length > 0) {
        const [id] = ids.splice(upTo(ids.length), 1) as [number]
        const tookMs = random() < 0.1 ? undefined : random() < 0.01 ? 1e9 * random() : 0.01 + random() * ids.length
        limit.end(id, tookMs, ['/a', '/b', undefined][upTo(3)], ids.length + 1, nowMs)
      } else {
        const demandRatio = 0.9 + 3 * random()
        const loop = { demandRatio, costMs: random() < 0.1 ? 0 : 10 * random(), budgetMs: 100 * random() }
        limit.look(nowMs, arrived, admitted, random() < 0.5 ? loop : undefined)
        arrived = admitted = 0
      }
      const label = `seed ${seed}, step ${step}`
      const { gate, demandRatio, floorMs = 0, limit: wanted } = limit
      if (!(Number.isInteger(gate) && gate >= 1 && gate <= max)) expect.fail(`${label}: gate is ${gate} of ${max}`)
      for (const number of [demandRatio, floorMs, wanted])
        if (!(Number.isFinite(number) && number >= 0)) expect.fail(`${label}: ${[demandRatio, floorMs, wanted]}`)
    }
  }
})
