import { EventEmitter } from 'node:events'
import type { RecoveryContext } from '@breakwater/health'
import { expect, test, vi } from 'vitest'
import type { SharedRedis } from '../cache/redis.ts'
import type { Database } from '../database/database.ts'
import { DatabaseUnavailableError } from '../database/errors.ts'
import { type GuardedDatabase, guardDatabase } from '../database/guarded.ts'
import { createDatabaseCheck, renewDatabase } from './database.ts'
import { renewRedis } from './redis.ts'

const FAR: RecoveryContext = { signal: AbortSignal.timeout(10_000), attempt: 1, cause: undefined }
const CONTEXT = { signal: FAR.signal, name: 'database' }

/**
 * A database that is away until it gets new connections.
 *
 * @param openForMs For how long it is not asked any more.
 */
function createAway(openForMs: number): { database: GuardedDatabase; renew: () => void; query: () => void } {
  let isAway = true
  const renew = vi.fn(() => {
    isAway = false
  })
  const query = vi.fn(async () => {
    if (isAway) throw new DatabaseUnavailableError(new Error('it has moved'), false)
    return []
  })
  const raw: Database = {
    description: 'a database',
    maxConcurrent: 1,
    query,
    transaction: () => Promise.reject(new Error('not asked')),
    renew,
    close: async () => {},
  }
  return { database: guardDatabase(raw, { openForMs }), renew, query }
}

test('createDatabaseCheck() tells why a database is away also when it is not asked any more', async () => {
  const { database, query } = createAway(60_000)
  const check = createDatabaseCheck(database)
  for (let n = 0; n < 10 && database.circuit.state === 'closed'; n++) await check(CONTEXT)
  vi.mocked(query).mockClear()
  expect(await check(CONTEXT)).toMatchObject({
    status: 'unhealthy',
    cause: { cause: new Error('it has moved') },
    data: { circuit: 'open' },
  })
  expect(query).not.toHaveBeenCalled()
})

test('renewDatabase() makes new connections, and ends when somebody may find out', async () => {
  const { database, renew } = createAway(50)
  const check = createDatabaseCheck(database)
  while (database.circuit.state === 'closed') await check(CONTEXT)
  await renewDatabase(database)(FAR)
  expect(renew).toHaveBeenCalledTimes(1)
  expect(await check(CONTEXT)).toEqual({ status: 'healthy', data: { circuit: 'closed' } })
})

test('renewDatabase() leaves a database alone that answers others', async () => {
  const { database, renew } = createAway(50)
  await renewDatabase(database)(FAR)
  expect(renew).not.toHaveBeenCalled()
})

test('renewRedis() ends when there is a new connection, or with why there is none', async () => {
  const client = new EventEmitter()
  const renew = vi.fn()
  const recover = renewRedis({ client, renew } as unknown as SharedRedis)
  const done = recover(FAR)
  expect(renew).toHaveBeenCalledTimes(1)
  client.emit('ready')
  await done

  const failed = recover(FAR)
  client.emit('error', new Error('refused'))
  await expect(failed).rejects.toThrow('refused')
  await expect(recover({ ...FAR, signal: AbortSignal.abort() })).rejects.toThrow('abort')
})
