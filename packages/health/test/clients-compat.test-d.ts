import type { Cluster, Redis } from 'ioredis'
import type { Client, Pool } from 'pg'
import { expectTypeOf, test } from 'vitest'
import { type Pingable, pingCheck, type Queryable } from '../src/checks.ts'

test('the real clients can be asked', () => {
  expectTypeOf<Redis>().toExtend<Pingable>()
  expectTypeOf<Cluster>().toExtend<Pingable>()
  expectTypeOf<Pool>().toExtend<Queryable>()
  expectTypeOf<Client>().toExtend<Queryable>()
  expectTypeOf(pingCheck).toBeCallableWith({} as Redis)
  expectTypeOf(pingCheck).toBeCallableWith({} as Pool)
})

test('something without both is none', () => {
  expectTypeOf<Omit<Redis, 'ping' | 'query'>>().not.toExtend<Pingable | Queryable>()
})
