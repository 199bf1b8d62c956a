import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { expect, onTestFinished, test } from 'vitest'
import { exitCodeOf, hearSignals } from './signals.ts'

function hear(): { readonly clock: ManualClock; readonly heard: string[]; stop(): void } {
  const clock = createManualClock()
  const heard: string[] = []
  const stop = hearSignals({
    signals: ['SIGUSR2', 'SIGHUP', 'SIGHUP'],
    clock,
    onFirst: (signal) => heard.push(`first ${signal}`),
    onSecond: (signal) => heard.push(`second ${signal}`),
  })
  onTestFinished(stop)
  return { clock, heard, stop }
}

test('hearSignals() hears the first signal and every later one', () => {
  const { heard, clock } = hear()
  process.emit('SIGHUP', 'SIGHUP')
  clock.advance(101)
  process.emit('SIGHUP', 'SIGHUP')
  expect(heard).toEqual(['first SIGHUP', 'second SIGHUP'])
})

test('hearSignals() takes the same signal again within 100 ms for an echo, but not another one', () => {
  const { heard, clock } = hear()
  process.emit('SIGHUP', 'SIGHUP')
  clock.advance(100)
  process.emit('SIGHUP', 'SIGHUP')
  process.emit('SIGUSR2', 'SIGUSR2')
  expect(heard).toEqual(['first SIGHUP', 'second SIGUSR2'])
})

test('hearSignals() stops', () => {
  const before = process.listenerCount('SIGHUP')
  const { stop } = hear()
  expect(process.listenerCount('SIGHUP')).toBe(before + 1)
  stop()
  expect(process.listenerCount('SIGHUP')).toBe(before)
})

test('exitCodeOf() counts as shells do', () => {
  expect([exitCodeOf('SIGTERM'), exitCodeOf('SIGINT')]).toEqual([143, 130])
})
