import { EventEmitter } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { guardAsking } from './guard-asking.ts'
import type { RedisClient } from './redis-client.ts'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)

beforeEach(() => {
  unhandled.length = 0
  process.on('unhandledRejection', note)
})

afterEach(() => {
  process.off('unhandledRejection', note)
})

/** The client of a node that cannot be reached: what it is sent waits until it is closed. */
function openNode(): Redis {
  return new Redis({ host: '127.0.0.1', port: 1, lazyConnect: true, retryStrategy: () => null })
}

/** A Cluster, as far as is looked at, and how it comes to know a node. */
function openCluster(...nodes: Redis[]): { client: RedisClient; learn(node: Redis): void } {
  const events = new EventEmitter()
  const client = Object.assign(events, { isCluster: true, nodes: () => nodes }) as unknown as RedisClient
  return { client, learn: (node) => void events.emit('+node', node) }
}

/** As ioredis does where a slot moves, and then the connection closes. */
async function forgetAsking(node: Redis): Promise<void> {
  node.asking()
  node.disconnect()
  await new Promise(setImmediate)
}

test('guardAsking() keeps what ioredis forgets from ending the process, of nodes known now and later', async () => {
  const [known, later] = [openNode(), openNode()]
  const { client, learn } = openCluster(known)
  guardAsking(client)
  learn(later)
  await forgetAsking(known)
  await forgetAsking(later)
  expect(unhandled).toEqual([])
})

test('guardAsking() leaves the answer to who looks at it, and all other commands as they are', async () => {
  const node = openNode()
  const { get } = node
  guardAsking(openCluster(node).client)
  const asked = node.asking()
  node.disconnect()
  await expect(asked).rejects.toThrow('Connection is closed')
  expect(node.get).toBe(get)
})

test('guardAsking() guards once, however many tiers share a client', () => {
  const node = openNode()
  const { client } = openCluster(node)
  guardAsking(client)
  const { asking } = node
  guardAsking(client)
  guardAsking(openCluster(node).client)
  expect(node.asking).toBe(asking)
  expect((client as unknown as EventEmitter).listenerCount('+node')).toBe(1)
  node.disconnect()
})

test('guardAsking() leaves what is no Cluster of ioredis alone', () => {
  const single = openNode()
  const { asking } = single
  guardAsking(single as RedisClient)
  expect(single.asking).toBe(asking)
  single.disconnect()

  const { client, learn } = openCluster({} as Redis)
  guardAsking(client)
  learn(undefined as never)
  guardAsking({ isCluster: true } as RedisClient)
})

test('guardAsking() hears of the nodes of the real Cluster', () => {
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })
  guardAsking(cluster as RedisClient)
  const node = openNode()
  const { asking } = node
  cluster.emit('+node', node)
  expect(node.asking).not.toBe(asking)
  node.disconnect()
  cluster.disconnect()
})
