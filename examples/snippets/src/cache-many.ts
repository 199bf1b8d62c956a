import assert from 'node:assert/strict'

const queries: (readonly string[])[] = []
const db = {
  async findUsers(ids: readonly string[]) {
    queries.push(ids)
    return ids.filter((id) => id !== '404').map((id) => ({ id, name: `user ${id}` }))
  },
}

// #region
import { createCache } from '@breakwater/cache'

const cache = createCache<{ [key: `user:${string}`]: { id: string; name: string } }>({ name: 'users' })
const toKey = (id: string) => `user:${id}` as const

async function findUsers(ids: readonly string[]): Promise<{ id: string; name: string }[]> {
  const users = await cache.getOrSetMany(ids.map(toKey), async (missing) => {
    const rows = await db.findUsers(missing.map((key) => key.slice('user:'.length)))
    return new Map(rows.map((row) => [toKey(row.id), row])) // what is left out is not there
  })
  return [...users.values()] // in the order of the keys
}
// #endregion

assert.deepEqual(
  (await findUsers(['2', '1', '404'])).map(({ id }) => id),
  ['2', '1'],
)
await findUsers(['2', '3'])
assert.deepEqual(queries, [['2', '1', '404'], ['3']])
await cache.close()
