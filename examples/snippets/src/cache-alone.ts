import assert from 'node:assert/strict'

let reads = 0
const users = {
  find: async (id: string) => {
    reads++
    return { id, name: 'Ada' }
  },
}
const id = '1'

// #region
import { createCache } from '@breakwater/cache'

const cache = createCache({ name: 'users', ttlMs: 60_000 })

const user = await cache.getOrSet(`user:${id}`, () => users.find(id), { tags: ['users'] })

await cache.delete(`user:${id}`) // this one
await cache.invalidateTags(['users']) // all that carry the tag, however many there are
await cache.clear() // everything
// #endregion

assert.equal(user.name, 'Ada')
await Promise.all(Array.from({ length: 100 }, () => cache.getOrSet('user:1', () => users.find('1'))))
assert.equal(reads, 2)
await cache.close()
