import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@breakwater/core'
import { createProxy, useRedis } from '@breakwater/testing/services'
import { describe, onTestFinished, test } from 'vitest'
import { createCache } from '../src/index.ts'
import { createRedisTier } from '../src/redis.ts'
import { FIELD_ROWS, type FieldSetting } from './field-rows.ts'
import { newName, openClient } from './redis-probe.ts'

const redis = useRedis({ own: true })

function createSetting(): FieldSetting {
  const name = newName()
  return {
    async open({ clockAheadMs = 0, ...options } = {}) {
      const proxy = await createProxy({ url: redis.url })
      onTestFinished(() => proxy.close())
      const clock = { ...systemClock, epoch: () => systemClock.epoch() + clockAheadMs }
      const cache = createCache({
        name,
        shared: createRedisTier(openClient(proxy.url.replace('tcp:', 'redis:'))),
        clock,
        ...options,
      })
      cache.subscribe(() => {})
      onTestFinished(() => cache.close())
      await cache.get('first contact')
      await sleep(50)
      return {
        cache,
        async cut(forMs) {
          await proxy.cut()
          sleep(forMs).then(() => proxy.heal())
        },
      }
    },
    sleep: (ms) => sleep(ms) as Promise<never>,
    until: (promise) => promise,
    nowMs: () => performance.now(),
    pause: async () => void (await redis.pause()),
    resume: async () => void (await redis.resume()),
    stop: async () => void (await redis.kill()),
    start: async () => void (await redis.restart()),
  }
}

describe('createCache() on a real server:', () => {
  test.for(FIELD_ROWS)('$name', { timeout: 30_000 }, async ({ run }) => {
    await run(createSetting())
  })
})
