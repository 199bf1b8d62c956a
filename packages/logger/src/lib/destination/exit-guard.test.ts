import { expect, test } from 'vitest'
import { SimulatedProcess } from '../../../test/loss/support/simulated-disk.ts'
import { ExitGuard } from './exit-guard.ts'

interface Guarded {
  readonly heard: string[]
  readonly guard: ExitGuard
}

function create(guarded: SimulatedProcess, hearsSignals = true): Guarded {
  const heard: string[] = []
  const host = {
    onExit: () => heard.push('exit'),
    onSignal: (isEnd: boolean) => heard.push(isEnd ? 'end' : 'signal'),
    onSignalPassed: () => heard.push('passed'),
  }
  const guard = new ExitGuard(host, guarded, hearsSignals)
  guard.arm()
  return { heard, guard }
}

test('arm() twice listens once, and disarm() stops', () => {
  const guarded = new SimulatedProcess()
  const { guard } = create(guarded)
  guard.arm()
  expect(guarded.listenerCount('SIGTERM')).toBe(1)
  guard.disarm()
  guard.disarm()
  expect(guarded.listening).toBe(0)
})

test('arm() hears no signals in a worker thread', () => {
  const guarded = new SimulatedProcess()
  const { heard } = create(guarded, false)
  expect(guarded.listening).toBe(1)
  guarded.emit('exit')
  expect(heard).toEqual(['exit'])
})

test('several guards each write all, and the last one sends the signal again', () => {
  const guarded = new SimulatedProcess()
  const guards = [create(guarded), create(guarded), create(guarded)]
  guarded.emit('SIGTERM', 'SIGTERM')
  expect(guards.map(({ heard }) => heard)).toEqual([['end'], ['end'], ['end']])
  expect(guarded.killed).toEqual(['SIGTERM'])
})

test('a listener that listens once counts as another one', async () => {
  const guarded = new SimulatedProcess()
  guarded.once('SIGTERM', () => {})
  const { heard } = create(guarded)
  guarded.emit('SIGTERM', 'SIGTERM')
  await Promise.resolve()
  expect([heard, guarded.killed, guarded.listenerCount('SIGTERM')]).toEqual([['signal', 'passed'], [], 1])
})

test('who counts listeners to see whether to end the process finds no guard', async () => {
  const guarded = new SimulatedProcess()
  create(guarded)
  // As signal-exit does.
  const onSignal = (): void => {
    if (guarded.listenerCount('SIGTERM') > 1) return
    guarded.off('SIGTERM', onSignal)
    guarded.kill(guarded.pid, 'SIGTERM')
  }
  guarded.on('SIGTERM', onSignal)
  create(guarded)
  guarded.emit('SIGTERM', 'SIGTERM')
  expect(guarded.killed).toEqual(['SIGTERM'])
})

test('a guard that is disarmed by what hears the signal does not listen again', async () => {
  const guarded = new SimulatedProcess()
  const { guard } = create(guarded)
  guarded.on('SIGTERM', () => guard.disarm())
  guarded.emit('SIGTERM', 'SIGTERM')
  await Promise.resolve()
  expect(guarded.listenerCount('SIGTERM')).toBe(1)
})

test('any number of guards listen once', () => {
  const guarded = new SimulatedProcess()
  const guards = Array.from({ length: 20 }, () => create(guarded))
  expect([guarded.listenerCount('SIGTERM'), guarded.listenerCount('exit')]).toEqual([1, 1])
  guarded.emit('exit')
  expect(guards.map(({ heard }) => heard)).toEqual(guards.map(() => ['exit']))
  for (const { guard } of guards.slice(1)) guard.disarm()
  expect([guarded.listenerCount('SIGTERM'), guarded.listenerCount('exit')]).toEqual([1, 1])
  guards[0]?.guard.disarm()
  expect(guarded.listening).toBe(0)
})

test('a guard that comes later is before what has come meanwhile', () => {
  const guarded = new SimulatedProcess()
  create(guarded)
  guarded.prependOnceListener('SIGTERM', () => {})
  const { heard } = create(guarded)
  guarded.emit('SIGTERM', 'SIGTERM')
  expect([heard, guarded.killed]).toEqual([['signal'], []])
})

test('a guard that is armed by what a signal makes others write does not keep it from ending the process', () => {
  const guarded = new SimulatedProcess()
  const late = create(guarded)
  late.guard.disarm()
  const host = { onExit: () => {}, onSignal: () => late.guard.arm(), onSignalPassed: () => {} }
  new ExitGuard(host, guarded, true).arm()
  guarded.emit('SIGTERM', 'SIGTERM')
  expect(guarded.killed).toEqual(['SIGTERM'])
})
