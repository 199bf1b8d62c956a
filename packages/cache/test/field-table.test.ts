import { describe, expect, onTestFinished, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { createWorld } from '../src/lib/testing/simulated-network.ts'
import { createRedisTier } from '../src/redis.ts'
import { FIELD_ROWS, type FieldNode, type FieldSetting } from './field-rows.ts'

function createSetting(seed: number): FieldSetting {
  const world = createWorld({ seed, nodes: 0 })
  const [server] = world.servers as [(typeof world.servers)[number]]
  onTestFinished(() => world.close())
  let isRunning = false
  const until = async <result>(promise: Promise<result>): Promise<result> => {
    let isOver = false
    const over = (): void => {
      isOver = true
    }
    promise.then(over, over)
    isRunning = true
    for (let ms = 0; !isOver && ms < 60_000; ms++) await world.run(1)
    isRunning = false
    if (!isOver) throw new Error('it never ended')
    return promise
  }
  return {
    async open({ clockAheadMs = 0, ...options } = {}): Promise<FieldNode> {
      const node = world.addNode()
      node.jumpEpoch(clockAheadMs)
      const client = world.createClient(node)
      client.on('error', () => {})
      const cache = createCache({ name: 'field', shared: createRedisTier(client), clock: node.clock, ...options })
      cache.subscribe(() => {})
      await world.run(100)
      return {
        cache,
        async cut(forMs) {
          const link = world.link(node.id, server.id)
          link.refusals++
          world.drop(node.id, server.id, 'lost')
          world.after(forMs, () => {
            link.refusals--
          })
        },
      }
    },
    // Loaders wait inside of what runs already.
    sleep: (ms) => (isRunning ? new Promise((resolve) => world.after(ms, resolve as () => void)) : world.run(ms)),
    until,
    nowMs: () => world.nowMs,
    pause: async () => server.pause(),
    resume: async () => server.resume(),
    stop: async () => server.crash(false),
    start: async () => server.start('everything'),
  }
}

describe('createCache() on simulated processes:', () => {
  test.for(FIELD_ROWS)('$name', async ({ run }) => {
    for (const seed of [1, 2, 3]) await run(createSetting(seed))
    expect.hasAssertions()
  })
})
