import { createManualClock } from '@breakwater/core/testing'
import { expect, test } from 'vitest'
import { createTask } from '../../../test/support/fake-feeds.ts'
import type { BoardChange, BoardListener } from '../board-feed.ts'
import { Batches, ChangeMessages } from './batches.ts'
import type { SharedMessage } from './shared-message.ts'
import { type SnapshotReader, Snapshots } from './snapshots.ts'
import { Subscription } from './subscription.ts'

function changesOf(...versions: readonly number[]): BoardChange[] {
  return versions.map((version) => ({ version, kind: 'created', taskId: `task ${version}`, task: undefined }))
}

/** Clients of one board, which keep what they would be sent. */
function create(count: number) {
  const clock = createManualClock()
  const batches = new Batches(16, clock)
  const snapshots = new Snapshots()
  const clients = Array.from({ length: count }, () => {
    const sent: (SharedMessage | SnapshotReader)[] = []
    let listener: BoardListener | undefined
    const feeds = {
      follow: (_board: string, _since: number | undefined, followed: BoardListener) => {
        listener = followed
        return () => {}
      },
    }
    const parts = {
      feeds,
      batches,
      snapshots,
      send: (message: SharedMessage | SnapshotReader) => void sent.push(message),
    }
    const subscription = new Subscription('main', undefined, parts)
    return { sent, subscription, listener: listener as unknown as BoardListener, texts: () => sent.map(textOf) }
  })
  return { clock, batches, snapshots, clients }
}

function textOf(message: SharedMessage | SnapshotReader): { type: string; [key: string]: unknown } {
  return JSON.parse(String('next' in message ? message.next()?.text : message.text))
}

test('Batches puts what comes within 16 ms into one message', () => {
  const { clock, clients } = create(1)
  const [{ listener, texts }] = clients as [(typeof clients)[0]]
  listener.changes(changesOf(1))
  clock.advance(0)
  expect(texts()).toHaveLength(1)
  listener.changes(changesOf(2))
  clock.advance(8)
  listener.changes(changesOf(3, 4))
  clock.advance(7)
  expect(texts()).toHaveLength(1)
  clock.advance(1)
  expect(texts().map(({ changes }) => (changes as BoardChange[]).map(({ version }) => version))).toEqual([
    [1],
    [2, 3, 4],
  ])
  expect(clock.pending).toBe(0)
})

test('Batches gives all clients that are at the same place the same message', () => {
  const { clock, clients } = create(3)
  const [first, second, third] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0]]
  const change = changesOf(2)
  third.listener.changes(changesOf(1))
  for (const { listener } of clients) listener.changes(change)
  clock.advance(0)
  expect(first.sent[0]).toBe(second.sent[0])
  expect(first.sent[0]).not.toBe(third.sent[0])
  expect(third.texts()[0]?.changes).toHaveLength(2)
})

test('Batches splits what is long, and loses nothing', () => {
  const messages = new ChangeMessages()
  const task = createTask({ description: 'x'.repeat(10_000) })
  const changes = changesOf(...Array.from({ length: 20 }, (_, n) => n + 1)).map((change) => ({ ...change, task }))
  const made = messages.of('main', changes)
  expect(made.length).toBeGreaterThan(2)
  expect(Math.max(...made.map(({ text }) => text.length))).toBeLessThan(80_000)
  const told = made.flatMap((message) => textOf(message).changes as BoardChange[])
  expect(told).toEqual(changes)
})

test('Subscription sends a snapshot at once, and forgets what waits', () => {
  const { clock, clients } = create(1)
  const [{ listener, texts }] = clients as [(typeof clients)[0]]
  listener.changes(changesOf(1))
  listener.snapshot(7, [createTask()], false)
  listener.snapshot(7, [], true)
  listener.changes(changesOf(8))
  clock.advance(20)
  expect(texts()).toMatchObject([
    { type: 'snapshot', version: 7, isFirst: true, isLast: false },
    { type: 'snapshot', version: 7, isFirst: false, isLast: true },
    { type: 'changes', changes: [{ version: 8 }] },
  ])
})

test('Subscription tells a delay once, and that it is over', () => {
  const { clock, clients } = create(1)
  const [{ listener, texts }] = clients as [(typeof clients)[0]]
  listener.delayed(new Error('away'))
  listener.delayed(new Error('away'))
  clock.advance(20)
  listener.changes([])
  clock.advance(20)
  listener.changes([])
  clock.advance(20)
  expect(texts()).toEqual([
    { type: 'delayed', board: 'main' },
    { type: 'changes', board: 'main', changes: [] },
  ])
})

test('Subscription says nothing after its end', () => {
  const { clock, clients } = create(1)
  const [{ listener, subscription, texts }] = clients as [(typeof clients)[0]]
  listener.changes(changesOf(1))
  subscription.close()
  clock.advance(20)
  listener.snapshot(1, [], true)
  listener.changes(changesOf(2))
  listener.delayed(new Error('away'))
  clock.advance(20)
  expect(texts()).toEqual([])
})

test('Snapshots makes one of several parts of what is long, shares it, and counts it once', () => {
  const snapshots = new Snapshots()
  const tasks = Array.from({ length: 40 }, () => createTask({ description: 'x'.repeat(5_000) }))
  const place = { board: 'main', version: 3, isFirst: true, isLast: true }
  const [one, other] = [snapshots.read(place, tasks), snapshots.read(place, tasks)]
  expect(snapshots.waitingBytes).toBeGreaterThan(200_000)
  expect(snapshots.waitingBytes).toBeLessThan(300_000)
  const messages: SharedMessage[] = []
  for (let message = one.next(); message !== undefined; message = one.next()) messages.push(message)
  expect(messages.length).toBeGreaterThan(2)
  expect(other.next()).toBe(messages[0])
  const texts = messages.map(textOf)
  expect(texts.flatMap(({ isFirst, isLast }) => [isFirst, isLast]).filter(Boolean)).toHaveLength(2)
  expect([texts[0]?.isFirst, texts.at(-1)?.isLast]).toEqual([true, true])
  expect(texts.flatMap((text) => text.tasks)).toEqual(tasks)
  expect(snapshots.waitingBytes).toBeGreaterThan(0)
  other.release()
  other.release()
  expect(snapshots.waitingBytes).toBe(0)
})

test('Snapshots tells empty boards apart that are one list', () => {
  const snapshots = new Snapshots()
  const none: [] = []
  const texts = ['a', 'b'].map((board) =>
    textOf(snapshots.read({ board, version: 0, isFirst: true, isLast: true }, none)),
  )
  expect(texts.map(({ board, tasks }) => [board, tasks])).toEqual([
    ['a', []],
    ['b', []],
  ])
})
