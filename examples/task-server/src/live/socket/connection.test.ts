import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { createManualClock } from '@breakwater/core/testing'
import { expect, test, vi } from 'vitest'
import { createFakeFeeds, createTask } from '../../../test/support/fake-feeds.ts'
import { InvalidRequestError } from '../../http/validation.ts'
import { Batches } from './batches.ts'
import { Connection } from './connection.ts'
import { Counts } from './counts.ts'
import { createLimits, type LiveLimits } from './limits.ts'
import type { LiveSocket } from './live-socket.ts'
import type { ClientMessage } from './protocol.ts'
import { Snapshots } from './snapshots.ts'
import { TokenBucket } from './token-bucket.ts'

/** A socket on which only what the test says happens. */
class FakeSocket extends EventEmitter {
  readonly sent: Record<string, unknown>[] = []
  readonly ping = vi.fn()
  readonly terminate = vi.fn(() => void this.emit('close', 1006))
  readonly close = vi.fn((code: number, _reason: string) => void code)
  isPaused = false
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
  send(text: Buffer): void {
    this.sent.push(JSON.parse(String(text)))
  }
  /** What the client says. */
  say(message: unknown, isBinary = false): void {
    this.emit('message', Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), isBinary)
  }
  get types(): unknown[] {
    return this.sent.map(({ type }) => type)
  }
}

function create(limits: Partial<LiveLimits> = {}, answer = async () => ({ status: 200, body: null as unknown })) {
  const clock = createManualClock()
  const socket = new FakeSocket()
  const transport = Object.assign(new EventEmitter(), { writableLength: 0, writableNeedDrain: false })
  const all = createLimits(100, limits)
  const feeds = createFakeFeeds()
  const snapshots = new Snapshots()
  const counts = new Counts()
  const connection = new Connection(
    {
      socket: socket as unknown as LiveSocket,
      transport: transport as unknown as Socket,
      canInflate: false,
      visitor: { address: '127.0.0.1', countRequest() {} },
      welcome: {},
    },
    {
      limits: all,
      clock,
      counts,
      feeds,
      snapshots,
      answer,
      batches: new Batches(all.batchMs, clock),
      bandwidth: new TokenBucket(all.bytesPerSecond, all.bytesPerSecond, clock),
      read(message) {
        if (Object(message).type === 'wrong') throw new InvalidRequestError([{ pointer: '/type', detail: 'is wrong' }])
        return message as ClientMessage
      },
      fail(error) {
        throw error
      },
    },
  )
  const closed = (): readonly [string, number][] =>
    counts
      .measure()
      .filter(({ name }) => name === 'live_connections_closed_total')
      .map(({ labels, value }) => [labels?.reason ?? '', value as number])
  return { clock, socket, transport, feeds, snapshots, connection, closed }
}

test('a client that takes nothing is sent away when too many messages wait, and nothing of it is left', async () => {
  const { clock, socket, transport, feeds, closed } = create({ maxWaitingMessages: 10 })
  socket.say({ type: 'subscribe', board: 'main' })
  await Promise.resolve()
  transport.writableNeedDrain = true
  for (let batch = 0; batch < 10; batch++) {
    feeds.change('main', 'created', createTask())
    clock.advance(16)
  }
  expect(socket.close).not.toHaveBeenCalled()
  expect(socket.types).toEqual(['welcome', 'snapshot'])
  feeds.change('main', 'created', createTask())
  clock.advance(16)
  expect(socket.close.mock.calls).toEqual([[4008, expect.stringContaining('Too slow')]])
  expect(feeds.followers('main')).toBe(0)
  clock.advance(2_000)
  expect(socket.terminate).toHaveBeenCalledTimes(1)
  expect(closed()).toEqual([['too-slow', 1]])
  expect(clock.pending).toBe(0)
})

test('bytes that wait in the connection count as well', () => {
  const { socket, transport } = create({ maxWaitingBytes: 1_000 })
  transport.writableNeedDrain = true
  transport.writableLength = 1_001
  socket.say({ type: 'unsubscribe', board: 'main' })
  expect(socket.close).toHaveBeenCalledWith(4008, expect.any(String))
})

test('one message may be longer than what may wait', async () => {
  const body = 'x'.repeat(5_000)
  const { socket } = create({ maxWaitingBytes: 1_000 }, async () => ({ status: 200, body }))
  socket.say({ type: 'request', id: 1, method: 'get' })
  await vi.waitFor(() => expect(socket.types).toContain('response'))
  expect(socket.close).not.toHaveBeenCalled()
})

test('what waits goes on when the connection takes it again', async () => {
  const { clock, socket, transport, feeds } = create()
  transport.writableNeedDrain = true
  socket.say({ type: 'subscribe', board: 'main' })
  await Promise.resolve()
  feeds.change('main', 'created', createTask())
  clock.advance(16)
  expect(socket.types).toEqual(['welcome'])
  transport.writableNeedDrain = false
  transport.emit('drain')
  expect(socket.types).toEqual(['welcome', 'snapshot', 'changes'])
})

test.each([{ clientBytesPerSecond: 1_000, clientBurstBytes: 500 }, { bytesPerSecond: 1_000 }])(
  'a client gets no more than its bandwidth and that of all, in order, and all of it: %j',
  async (limits) => {
    const { clock, socket, feeds } = create(limits)
    socket.say({ type: 'subscribe', board: 'main' })
    await Promise.resolve()
    for (let batch = 0; batch < 20; batch++) {
      feeds.change('main', 'created', createTask())
      clock.advance(16)
    }
    const before = socket.sent.length
    expect(before).toBeLessThan(10)
    let bytes = 0
    const startedMs = clock.now()
    while (socket.sent.length < 22) {
      clock.advance(10)
      expect(clock.now() - startedMs).toBeLessThan(60_000)
    }
    for (const message of socket.sent.slice(before)) bytes += JSON.stringify(message).length
    expect(bytes / (clock.now() - startedMs)).toBeLessThan(1.2)
    const versions = socket.sent.flatMap(({ changes = [] }) => (changes as { version: number }[]).map((c) => c.version))
    expect(versions).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  },
)

test('a large snapshot waits as it is, and is not held against the client', async () => {
  const { socket, transport, feeds, snapshots } = create({ maxWaitingBytes: 1_000 })
  for (let n = 0; n < 200; n++) feeds.change('main', 'created', createTask({ description: 'x'.repeat(1_000) }))
  transport.writableNeedDrain = true
  socket.say({ type: 'subscribe', board: 'main' })
  await Promise.resolve()
  expect(snapshots.waitingBytes).toBeGreaterThan(200_000)
  expect(socket.close).not.toHaveBeenCalled()
  transport.writableNeedDrain = false
  transport.emit('drain')
  expect(snapshots.waitingBytes).toBe(0)
  expect(socket.sent.flatMap(({ tasks = [] }) => tasks as unknown[])).toHaveLength(200)
})

test('who comes when too many snapshots wait is sent away, to come again', async () => {
  const { socket, transport, feeds, snapshots } = create({ maxSnapshotBytes: 10_000 })
  for (let n = 0; n < 200; n++) feeds.change('main', 'created', createTask({ description: 'x'.repeat(1_000) }))
  transport.writableNeedDrain = true
  socket.say({ type: 'subscribe', board: 'main' })
  await Promise.resolve()
  expect(socket.close).toHaveBeenCalledWith(1013, expect.any(String))
  expect(snapshots.waitingBytes).toBe(0)
})

test('a silent client is cut after two pings, and one that answers is not', () => {
  const { clock, socket, closed } = create()
  for (let beat = 0; beat < 10; beat++) {
    clock.advance(25_000)
    socket.emit('pong')
  }
  expect(socket.ping).toHaveBeenCalledTimes(10)
  clock.advance(50_000)
  expect([socket.ping.mock.calls.length, socket.terminate.mock.calls.length]).toEqual([12, 0])
  clock.advance(25_000)
  expect([socket.ping.mock.calls.length, socket.terminate.mock.calls.length]).toEqual([12, 1])
  expect(closed()).toEqual([['silent', 1]])
  expect(clock.pending).toBe(0)
})

test('a client that asks for nothing for a day is sent away, though it is there', () => {
  const { clock, socket } = create()
  const beat = (): void => {
    clock.advance(25_000)
    socket.emit('pong')
  }
  for (let ms = 0; ms < 86_400_000 / 2; ms += 25_000) beat()
  socket.say({ type: 'unsubscribe', board: 'main' })
  for (let ms = 25_000; ms < 86_400_000; ms += 25_000) beat()
  expect(socket.close).not.toHaveBeenCalled()
  beat()
  expect(socket.close).toHaveBeenCalledWith(4000, expect.any(String))
})

test('a client that sends too much is not read for a while', () => {
  const { clock, socket } = create({ clientBytesPerSecond: 1_000, clientBurstBytes: 1_000 })
  socket.say({ type: 'unsubscribe', board: 'main' })
  expect(socket.isPaused).toBe(false)
  socket.say({ type: 'unsubscribe', board: 'main' })
  expect(socket.isPaused).toBe(true)
  clock.advance(100)
  expect(socket.isPaused).toBe(false)
  for (let n = 0; n < 3; n++) socket.emit('ping')
  expect(socket.isPaused).toBe(true)
})

test('a client has no more requests under way than it may, and others are not lost', async () => {
  const answers = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let asked = 0
  const { socket } = create({ maxRequests: 2 }, async () => {
    await answers[asked++]?.promise
    return { status: 200, body: null }
  })
  for (const id of [1, 2, 3]) socket.say({ type: 'request', id, method: 'get' })
  expect([asked, socket.sent.at(-1)]).toMatchObject([2, { type: 'response', id: 3, status: 429 }])
  answers[0]?.resolve()
  await vi.waitFor(() => expect(socket.sent.at(-1)).toMatchObject({ id: 1, status: 200 }))
  socket.say({ type: 'request', id: 4, method: 'get' })
  expect(asked).toBe(3)
  answers[1]?.resolve()
  await vi.waitFor(() => expect(socket.sent.at(-1)).toMatchObject({ status: 200 }))
})

test('close() answers what came, sends what waits, reads nothing more, and says 1001', async () => {
  const answered = Promise.withResolvers<void>()
  const { clock, socket, feeds, connection } = create({}, async () => {
    await answered.promise
    return { status: 200, body: null }
  })
  socket.say({ type: 'subscribe', board: 'main' })
  await Promise.resolve()
  clock.advance(100)
  feeds.change('main', 'created', createTask())
  socket.say({ type: 'request', id: 1, method: 'get' })
  connection.close(1001, 'The server is stopping')
  expect([socket.isPaused, socket.close.mock.calls.length]).toEqual([true, 0])
  expect(socket.types).toEqual(['welcome', 'snapshot', 'changes'])
  socket.say({ type: 'request', id: 2, method: 'get' })
  answered.resolve()
  await vi.waitFor(() => expect(socket.close).toHaveBeenCalledWith(1001, 'The server is stopping'))
  expect(socket.sent.slice(3)).toMatchObject([{ type: 'response', id: 1 }])
  expect(socket.isPaused).toBe(false)
  socket.emit('close', 1001)
  expect(clock.pending).toBe(0)
})

test('close() waits for a client that takes nothing, or an answer that does not come, but not for ever', () => {
  const { clock, socket, transport, connection } = create({}, () => new Promise(() => {}))
  transport.writableNeedDrain = true
  socket.say({ type: 'request', id: 1, method: 'get' })
  socket.say({ type: 'unsubscribe', board: 'main' })
  connection.close(1001, 'The server is stopping')
  connection.close(1001, 'The server is stopping')
  clock.advance(1_999)
  expect(socket.close).not.toHaveBeenCalled()
  clock.advance(1)
  expect(socket.close).toHaveBeenCalledTimes(1)
  clock.advance(2_000)
  expect(socket.terminate).toHaveBeenCalledTimes(1)
  expect(clock.pending).toBe(0)
})

test('what is wrong is answered, and too much of it in a row ends the connection', () => {
  const { socket } = create({ maxMistakes: 3 })
  const wrong = { type: 'wrong', board: 'main' }
  for (let turn = 0; turn < 2; turn++) {
    socket.say(wrong)
    socket.say(wrong)
    socket.say({ type: 'unsubscribe', board: 'main' })
  }
  expect(socket.sent[1]).toMatchObject({ type: 'error', to: 'wrong', board: 'main', problem: { status: 400 } })
  expect(socket.close).not.toHaveBeenCalled()
  for (let turn = 0; turn < 3; turn++) socket.say(wrong)
  expect(socket.close).toHaveBeenCalledWith(4400, expect.any(String))
})

test.each([
  ['nonsense', false, 4400],
  ['', false, 4400],
  ['{}', true, 1003],
])('%j, binary %s, ends the connection with %i', (text, isBinary, code) => {
  const { socket } = create()
  socket.say(text, isBinary)
  expect(socket.close).toHaveBeenCalledWith(code, expect.any(String))
})

test('a board is followed once, and no more than 50 of them', async () => {
  const { socket, feeds } = create({ maxBoards: 2 })
  for (const board of ['a', 'a', 'b', 'c']) socket.say({ type: 'subscribe', board })
  await Promise.resolve()
  const errors = socket.sent.filter(({ type }) => type === 'error')
  expect(errors).toMatchObject([
    { board: 'a', problem: { status: 409, type: '/problems/already-subscribed' } },
    { board: 'c', problem: { status: 409, type: '/problems/subscription-limit-reached' } },
  ])
  socket.say({ type: 'unsubscribe', board: 'a' })
  expect(socket.sent.at(-1)).toEqual({ type: 'unsubscribed', board: 'a' })
  expect([feeds.followers('a'), feeds.followers('b')]).toEqual([0, 1])
  socket.emit('close', 1000)
  expect(feeds.followers('b')).toBe(0)
})
