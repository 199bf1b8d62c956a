import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createHeartbeat } from './heartbeat.ts'
import type { RedisClient } from './redis-client.ts'

function setUp(answers: () => Promise<unknown>) {
  const clock = createManualClock()
  const disconnects: unknown[] = []
  const asked: unknown[] = []
  const client = {
    status: 'ready',
    call: (...words: unknown[]) => {
      asked.push(words)
      return answers()
    },
    disconnect: (reconnect?: boolean) => disconnects.push(reconnect),
  } as unknown as RedisClient & { status: string }
  return {
    clock,
    disconnects,
    asked,
    client,
    beat: createHeartbeat({ client, keyOf: (shard) => `log-${shard}`, clock }),
  }
}

test('createHeartbeat() asks once at a time, and leaves a client alone that answers', async () => {
  const { asked, beat, clock, disconnects } = setUp(async () => 1)
  for (let round = 0; round < 20; round++) {
    beat(1)
    beat(1)
    await clock.advanceAsync(200)
  }
  expect(asked).toEqual(new Array(20).fill(['exists', ['log-1']]))
  expect(disconnects).toEqual([])
})

test('createHeartbeat() also takes an error for an answer', async () => {
  const { beat, clock, disconnects } = setUp(() => Promise.reject(new Error('MOVED')))
  for (let round = 0; round < 20; round++) {
    beat(0)
    await clock.advanceAsync(200)
  }
  expect(disconnects).toEqual([])
})

test('createHeartbeat() reconnects a client that does not answer for over a second, and gives it another one', () => {
  const { beat, clock, disconnects } = setUp(() => new Promise(() => {}))
  beat(0)
  clock.advance(1_000)
  beat(0)
  expect(disconnects).toEqual([])
  clock.advance(1)
  beat(0)
  expect(disconnects).toEqual([true])
  beat(0)
  clock.advance(1_000)
  beat(0)
  expect(disconnects).toEqual([true])
})

test('createHeartbeat() does not blame a client that is reconnecting', () => {
  const { beat, client, clock, disconnects } = setUp(() => new Promise(() => {}))
  beat(0)
  clock.advance(2_000)
  client.status = 'reconnecting'
  beat(0)
  client.status = 'ready'
  beat(0)
  expect(disconnects).toEqual([])
})

test('createHeartbeat() reconnects a client whose handshake is not answered for over a second', () => {
  const { asked, beat, client, clock, disconnects } = setUp(() => new Promise(() => {}))
  client.status = 'connect'
  beat(0)
  clock.advance(1_000)
  beat(1)
  expect(disconnects).toEqual([])
  clock.advance(1)
  beat(0)
  expect(disconnects).toEqual([true])
  expect(asked).toEqual([])
})

test('createHeartbeat() gives each handshake its time', () => {
  const { beat, client, clock, disconnects } = setUp(() => new Promise(() => {}))
  client.status = 'connect'
  beat(0)
  clock.advance(800)
  client.status = 'reconnecting'
  beat(0)
  client.status = 'connect'
  beat(0)
  clock.advance(800)
  beat(0)
  expect(disconnects).toEqual([])
})
