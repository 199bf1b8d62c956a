import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { ClusterDrain, type ClusterWorkerLike } from './cluster-drain.ts'

class FakeWorker extends EventEmitter implements ClusterWorkerLike {
  readonly signals: string[] = []
  #isDead = false
  readonly process = { kill: (signal: NodeJS.Signals) => this.signals.push(signal) }

  isDead(): boolean {
    return this.#isDead
  }

  die(): void {
    this.#isDead = true
    this.emit('exit')
  }
}

const settle = (): Promise<void> => new Promise(setImmediate)

test('onStart() passes the signal on to those that run, and SIGTERM without one', () => {
  const [one, two, dead] = [new FakeWorker(), new FakeWorker(), new FakeWorker()]
  dead.die()
  const drain = new ClusterDrain('cluster', { isPrimary: true, workers: { 1: one, 2: two, 3: dead, 4: undefined } })
  drain.onStart({ kind: 'signal', signal: 'SIGINT' })
  drain.onStart({ kind: 'request' })
  expect([one.signals, two.signals, dead.signals]).toEqual([['SIGINT', 'SIGTERM'], ['SIGINT', 'SIGTERM'], []])
})

test('begin() waits for all, and tells those that were started meanwhile', async () => {
  const workers: Record<string, FakeWorker> = { 1: new FakeWorker() }
  const drain = new ClusterDrain('cluster', { isPrimary: true, workers })
  drain.onStart({ kind: 'signal', signal: 'SIGINT' })
  let isDone = false
  const done = drain.begin().then(() => {
    isDone = true
  })
  const late = new FakeWorker()
  workers[2] = late
  workers[1]?.die()
  await settle()
  expect([isDone, late.signals]).toEqual([false, ['SIGINT']])
  late.die()
  await done
})

test('cut() kills those that are left', () => {
  const worker = new FakeWorker()
  const drain = new ClusterDrain('cluster', { isPrimary: true, workers: { 1: worker } })
  expect(drain.cut()).toEqual({ requests: 0, connections: 1 })
  expect(worker.signals).toEqual(['SIGKILL'])
})

test('begin() has nothing to wait for without workers', async () => {
  await new ClusterDrain('cluster', { isPrimary: true }).begin()
})
