import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createFollower, type Follower } from './follower.ts'
import { createKeyLayout } from './keys.ts'
import type { RedisClient } from './redis-client.ts'
import { startTracking } from './tracking.ts'

interface Sent {
  readonly command: string
  readonly args: readonly unknown[]
  answer(value: unknown): void
}

/** A server that is answered for by hand; all connections share one list of what was sent. */
function createServer(): { readonly client: RedisClient; readonly sent: Sent[]; push(...message: unknown[]): void } {
  const sent: Sent[] = []
  const listeners = new Set<(...args: unknown[]) => void>()
  const create = (): RedisClient => {
    const send = (command: string, args: unknown[]): Promise<unknown> =>
      new Promise((resolve) => sent.push({ command, args, answer: resolve }))
    const ends = new Set<() => void>()
    const client = {
      status: 'ready',
      isCluster: false,
      options: {},
      call: send,
      callBuffer: send,
      duplicate: create,
      on(event: string, listener: (...args: unknown[]) => void) {
        if (event === 'messageBuffer') listeners.add(listener)
        if (event === 'end') ends.add(listener)
      },
      disconnect() {
        client.status = 'end'
        for (const end of ends) end()
      },
    }
    return client
  }
  return {
    client: create(),
    sent,
    push(...message) {
      for (const listener of listeners) listener(...message)
    },
  }
}

/** Lets promises settle. */
async function settle(clock: ManualClock): Promise<void> {
  for (let i = 0; i < 5; i++) await clock.advanceAsync(0)
}

interface Scene {
  readonly follower: Follower
  readonly clock: ManualClock
  readonly told: unknown[]
  /** Takes what was sent, in order. */
  take(): Promise<readonly Sent[]>
  connections(): number
}

function follow(maxStalenessMs = 1_000, maxLog = 10): Scene {
  const clock = createManualClock({ nowMs: 1_000 })
  const server = createServer()
  const told: unknown[] = []
  let connections = 0
  const { client } = server
  const follower = createFollower({
    client: {
      ...client,
      duplicate: () => {
        connections++
        return client.duplicate()
      },
    },
    layout: createKeyLayout('', 'tasks', 1),
    name: 'tasks',
    shard: 0,
    maxLog,
    maxStalenessMs,
    clock,
    listener: {
      onHistory: (_, { position, isNew }) => void told.push(['history', position.id, isNew]),
      onMutations: (_, mutations) => void told.push(...mutations.map(({ kind, position }) => [kind, position.id])),
      onConfirmed: (_, atMs) => void told.push(['confirmed', atMs]),
      onFailure: (error) => void told.push(['failed', (error as Error).message]),
    },
  })
  onTestFinished(() => follower.close())
  return {
    follower,
    clock,
    told,
    connections: () => connections,
    async take() {
      await settle(clock)
      return server.sent.splice(0)
    },
  }
}

async function attach({ take }: Scene, lastId = '1-7'): Promise<readonly Sent[]> {
  const [exists] = await take()
  exists?.answer(1)
  const [script] = await take()
  expect(script?.command).toBe('evalsha')
  script?.answer(['incarnation', lastId, '0', '0', ['', '0']])
  return take()
}

test('createFollower() confirms the time at which it asked, not at which it was answered', async () => {
  const scene = follow()
  const [xrange, xtrim, xread] = await attach(scene)
  expect([xrange?.command, xtrim?.command, xread?.command]).toEqual(['xrange', 'xtrim', 'xread'])
  scene.clock.advance(30)
  xtrim?.answer(0)
  xrange?.answer([['1-7', ['b', '']]])
  await settle(scene.clock)
  expect(scene.told).toEqual([
    ['history', '1-7', true],
    ['confirmed', 1_000],
  ])
})

/** Has heard of the first change after the attach. */
async function hearFirst(scene: Scene): Promise<readonly Sent[]> {
  const [xrange, xtrim, xread] = await attach(scene)
  xtrim?.answer(0)
  xrange?.answer([['1-7', ['b', '']]])
  xread?.answer([['log', [['2-8', ['c', '']]]]])
  return scene.take()
}

test('createFollower() tells at once what it waited for, and waits for more', async () => {
  const scene = follow()
  const [next, ...others] = await hearFirst(scene)
  expect(scene.told.at(-1)).toEqual(['clear', '2-8'])
  expect(next?.args).toEqual(['COUNT', 1_000, 'BLOCK', 200, 'STREAMS', expect.any(String), '2-8'])
  expect(others).toEqual([])
  scene.clock.advance(60.5)
  next?.answer([['log', [['3-9', ['c', '']]]]])
  const [later] = await scene.take()
  expect(scene.told.at(-1)).toEqual(['clear', '3-9'])
  expect(later?.args.slice(0, 4)).toEqual(['COUNT', 1_000, 'BLOCK', 140])
})

test('createFollower() asks again from where it was certain when it is time to, also where changes never end', async () => {
  const scene = follow()
  const [next] = await hearFirst(scene)
  scene.clock.advance(200)
  next?.answer([['log', [['3-9', ['c', '']]]]])
  const [again, trimmed, waiting] = await scene.take()
  expect([again?.command, again?.args[1], waiting?.args.at(-1)]).toEqual(['xrange', '1-7', '3-9'])
  trimmed?.answer(0)
  again?.answer([
    ['1-7', ['b', '']],
    ['2-8', ['c', '']],
    ['3-9', ['c', '']],
  ])
  await settle(scene.clock)
  expect(scene.told.at(-1)).toEqual(['confirmed', 1_200])
})

test('createFollower() asks again before what it was certain of can fall out of the log', async () => {
  const scene = follow(1_000, 8)
  const [next] = await hearFirst(scene)
  expect(next?.command).toBe('xread')
  next?.answer([['log', [['3-9', ['c', '']]]]])
  const [again] = await scene.take()
  expect([again?.command, again?.args[1]]).toEqual(['xrange', '1-7'])
})

test('createFollower() begins anew when what it waited for was of another history', async () => {
  const scene = follow()
  const [next] = await hearFirst(scene)
  scene.clock.advance(200)
  next?.answer(null)
  const [again, trimmed] = await scene.take()
  trimmed?.answer(0)
  again?.answer([
    ['1-7', ['b', '']],
    ['2-9', ['c', '']],
  ])
  await settle(scene.clock)
  await scene.clock.advanceAsync(20)
  await attach(scene, '2-9')
  expect(scene.told).toEqual([
    ['history', '1-7', true],
    ['confirmed', 1_000],
    ['clear', '2-8'],
    ['history', '2-9', false],
  ])
  expect(scene.connections()).toBe(2)
})

test('createFollower() gives a silent connection up in time, and tells so once', async () => {
  const scene = follow(400)
  await attach(scene)
  await scene.clock.advanceAsync(199)
  expect(scene.connections()).toBe(1)
  await scene.clock.advanceAsync(1)
  await new Promise(setImmediate)
  await settle(scene.clock)
  expect(scene.told.at(-1)).toEqual(['failed', 'Cannot follow shard 0 of cache "tasks": no answer within 200 ms'])
  await scene.clock.advanceAsync(20)
  expect(scene.connections()).toBe(2)
  const { length } = scene.told
  await scene.clock.advanceAsync(10_000)
  await new Promise(setImmediate)
  await settle(scene.clock)
  expect(scene.told).toHaveLength(length)
})

test('createFollower() takes an answer that is there when the time is up', async () => {
  const scene = follow(400)
  const [xrange, xtrim] = await attach(scene)
  scene.clock.advance(10_000) // this process was stopped, and now reads what has arrived
  xtrim?.answer(0)
  xrange?.answer([['1-7', ['b', '']]])
  await new Promise(setImmediate)
  await settle(scene.clock)
  expect(scene.told).toContainEqual(['confirmed', 1_000])
})

test('startTracking() confirms a time only when messages about it must have come', async () => {
  const clock = createManualClock({ nowMs: 1_000 })
  const server = createServer()
  const told: unknown[] = []
  const tracking = startTracking({
    client: server.client,
    name: 'tasks',
    prefixes: ['v:'],
    maxStalenessMs: 1_000,
    clock,
    onChange: (key) => void told.push(key),
    onAll: () => void told.push('all'),
    onConfirmed: (atMs) => void told.push(atMs),
    onFailure: (error) => void told.push(error),
  })
  onTestFinished(() => tracking.close())
  const answer = async (command: string, value: unknown): Promise<void> => {
    await settle(clock)
    const next = server.sent.shift()
    expect(next?.command).toBe(command)
    next?.answer(value)
    await settle(clock)
  }
  await answer('client', 5)
  await answer('client', 'OK')
  await answer('subscribe', 1)
  clock.advance(10)
  // Redis answers a PING before it sends the messages about what was written in the same turn.
  await answer('ping', 'PONG')
  server.push(Buffer.from('__redis__:invalidate'), [Buffer.from('v:a')])
  await answer('ping', 'PONG')
  expect(told).toEqual(['all', 'a', 1_000])
})
