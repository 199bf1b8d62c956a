import { createCache } from '@breakwater/cache'
import { createMemoryStore } from '@breakwater/cache/memory'
import { Cached, createToken, type PolicyDecorator, provide, WithPolicy } from '@breakwater/nest'
import { createBulkhead, isBulkheadFullError } from '@breakwater/resilience'
import { Controller, Get, type INestApplicationContext, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { afterEach, expect, test } from 'vitest'
import { createApp, decorate, listen, rootWith } from './support/app.ts'

const contexts: INestApplicationContext[] = []

afterEach(async () => {
  for (const context of contexts.splice(0)) await context.close()
})

const TASKS = createToken<ReturnType<typeof createTaskCache>>('tasks')
const ONE = createToken<ReturnType<typeof createBulkhead>>('one at a time')

function createTaskCache() {
  return createCache<{ [key: `task:${string}`]: string }>({ name: 'tasks', memory: createMemoryStore() })
}

/** A provider of which one method is decorated. */
function createType() {
  return class Tasks {
    calls = 0
    async find(id: string): Promise<string> {
      this.calls++
      return `task ${id}`
    }
  }
}

async function make<type>(type: new () => type): Promise<type> {
  const cache = createTaskCache()
  const provides = [
    provide(TASKS, cache),
    provide(ONE, createBulkhead({ name: 'one', maxConcurrent: 1, maxQueued: 0 })),
  ]
  const options = { logger: false, abortOnError: false } as const
  const context = await NestFactory.createApplicationContext(rootWith({ provides }, { providers: [type] }), options)
  contexts.push({ close: async () => [await context.close(), await cache.close()] } as never)
  return context.get(type)
}

test('Cached() calls the method once for each key, with the object as this', async () => {
  const Tasks = createType()
  decorate(
    Tasks,
    'find',
    Cached(TASKS, (id: string) => `task:${id}`, { ttlMs: 60_000 }),
  )
  const tasks = await make(Tasks)
  expect([await tasks.find('1'), await tasks.find('1'), await tasks.find('2')]).toEqual(['task 1', 'task 1', 'task 2'])
  expect(tasks.calls).toBe(2)
})

test('WithPolicy() runs the method under the policy', async () => {
  const Tasks = createType()
  decorate(Tasks, 'find', WithPolicy(ONE))
  const tasks = await make(Tasks)
  const results = await Promise.allSettled([tasks.find('1'), tasks.find('2')])
  expect(results[0]).toEqual({ status: 'fulfilled', value: 'task 1' })
  expect(isBulkheadFullError((results[1] as PromiseRejectedResult).reason)).toBe(true)
})

test('WithPolicy() and Cached() go together, the upper one first', async () => {
  const Tasks = createType()
  const decorators = [Cached(TASKS, (id: string) => `task:${id}`), WithPolicy(ONE)]
  decorate(Tasks, 'find', ...decorators)
  const tasks = await make(Tasks)
  expect(await Promise.all([tasks.find('1'), tasks.find('1')])).toEqual(['task 1', 'task 1'])
})

test.each(['above', 'below'])('WithPolicy() keeps a route that is declared %s it', async (where) => {
  const Tasks = createType()
  const policy: PolicyDecorator = WithPolicy(ONE)
  decorate(Tasks, 'find', ...(where === 'above' ? [Get(':id'), policy] : [policy, Get(':id')]))
  Controller('tasks')(Tasks)
  Param('id')(Tasks.prototype, 'find', 0)
  const bulkhead = createBulkhead({ name: 'one', maxConcurrent: 1 })
  const app = await createApp('express', rootWith({ provides: [provide(ONE, bulkhead)] }, { controllers: [Tasks] }))
  contexts.push(app)
  expect(await (await fetch(`${await listen(app)}/tasks/7`)).text()).toBe('task 7')
})

test('WithPolicy() refuses to run on an object that Nest did not make', async () => {
  const Tasks = createType()
  decorate(Tasks, 'find', WithPolicy(ONE))
  await expect(new Tasks().find('1')).rejects.toThrow(
    'Cannot call "Tasks.find" without its policy as Nest did not make the object: inject it',
  )
})

test('WithPolicy() refuses what is no method', () => {
  const decorator = WithPolicy(ONE) as MethodDecorator
  expect(() => decorator({}, 'name', { get: () => 1 })).toThrow('Cannot decorate "Object.name" as it is no method')
})

test('createToken() refuses an empty name', () => {
  expect(() => createToken('')).toThrow('Expected `name` to be a string that is not empty, got ""')
})
