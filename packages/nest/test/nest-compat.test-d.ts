import type { Cache } from '@breakwater/cache'
import type { Policy } from '@breakwater/core'
import {
  BreakwaterModule,
  Cached,
  type CachePort,
  closeOnShutdown,
  createToken,
  InjectToken,
  provide,
  type ShutdownPort,
  WithPolicy,
} from '@breakwater/nest'
import type { CircuitBreaker } from '@breakwater/resilience'
import type { Shutdown } from '@breakwater/shutdown'
import { type DynamicModule, type INestApplication, Inject, type InjectionToken } from '@nestjs/common'
import { expectTypeOf, test } from 'vitest'

interface Task {
  readonly id: string
}
type TaskCache = Cache<{ [key: `task:${string}`]: Task }>

const TASKS = createToken<TaskCache>('tasks')
const BREAKER = createToken<CircuitBreaker>('breaker')

class Tasks {
  readonly cache: TaskCache
  readonly size = 0
  constructor(cache: TaskCache, _name: string) {
    this.cache = cache
  }
  async find(id: string): Promise<Task> {
    return { id }
  }
  async count(_id: string): Promise<number> {
    return 0
  }
  async byNumber(id: number): Promise<Task> {
    return { id: String(id) }
  }
  now(): number {
    return 0
  }
}

declare function descriptorOf<key extends keyof Tasks>(key: key): TypedPropertyDescriptor<Tasks[key]>

test('the real Nest accepts our module and tokens', () => {
  expectTypeOf(BreakwaterModule.forRoot()).toExtend<DynamicModule>()
  expectTypeOf(TASKS).toExtend<InjectionToken>()
  Inject(TASKS)
  expectTypeOf(closeOnShutdown).toBeCallableWith({} as INestApplication)
})

test('real caches, policies and shutdowns fit', () => {
  expectTypeOf<TaskCache>().toExtend<CachePort>()
  expectTypeOf<Shutdown>().toExtend<ShutdownPort>()
  expectTypeOf<CircuitBreaker>().toExtend<Policy>()
})

test('provide() takes what its token stands for, and nothing else', () => {
  provide(createToken<number>('count'), 1)
  // @ts-expect-error a string is no number
  provide(createToken<number>('count'), '1')
})

test('InjectToken() fits parameters and properties of its type, and no others', () => {
  InjectToken(TASKS)(Tasks, undefined, 0)
  // @ts-expect-error the second parameter is a string
  InjectToken(TASKS)(Tasks, undefined, 1)
  InjectToken(TASKS)(Tasks.prototype, 'cache')
  // @ts-expect-error the property is a number
  InjectToken(TASKS)(Tasks.prototype, 'size')
})

test('WithPolicy() decorates methods that return promises, with a token of a policy', () => {
  WithPolicy(BREAKER)(Tasks.prototype, 'find', descriptorOf('find'))
  // @ts-expect-error the method returns no promise
  WithPolicy(BREAKER)(Tasks.prototype, 'now', descriptorOf('now'))
  // @ts-expect-error a cache is no policy
  WithPolicy(TASKS)
})

test('Cached() checks parameters, key and value against the method and the schema of the cache', () => {
  const decorator = Cached(TASKS, (id: string) => `task:${id}` as const, { ttlMs: 1 })
  decorator(Tasks.prototype, 'find', descriptorOf('find'))
  // @ts-expect-error the cache holds no numbers
  decorator(Tasks.prototype, 'count', descriptorOf('count'))
  // @ts-expect-error the key is made of a string
  decorator(Tasks.prototype, 'byNumber', descriptorOf('byNumber'))
  // @ts-expect-error no key of the schema
  Cached(TASKS, (id: string) => `user:${id}`)
  // @ts-expect-error a breaker is no cache
  Cached(BREAKER, (id: string) => id)
})
