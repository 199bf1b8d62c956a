import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createManualClock } from '@breakwater/core/testing'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createSystemd } from './systemd.ts'

afterEach(() => vi.unstubAllEnvs())

/** A `systemd-notify` that writes down what it is told. */
function fakeNotify(exitCode = 0): () => readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'systemd-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$@" >> ${log}\nexit ${exitCode}\n`)
  chmodSync(join(folder, 'systemd-notify'), 0o755)
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
  return () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [])
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('createSystemd() tells when the process is up and stops, and gives signs of life in between', async () => {
  const told = fakeNotify()
  const clock = createManualClock()
  const systemd = createSystemd(clock, { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '3000000' }, () => {})
  systemd.ready()
  await until(() => told().length === 1)
  for (let times = 1; times <= 2; times++) {
    clock.advance(1_499)
    clock.advance(1)
    await until(() => told().length === times + 1)
  }
  systemd.stopping(1_234.5)
  await until(() => told().length === 4)
  systemd.stop()
  expect(clock.pending).toBe(0)
  expect(told()).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'STOPPING=1 EXTEND_TIMEOUT_USEC=1234500'])
})

test('createSystemd() gives no signs of life for another process, or if none are wanted', () => {
  fakeNotify()
  for (const watchdog of [{}, { WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' }, { WATCHDOG_USEC: 'x' }]) {
    const clock = createManualClock()
    createSystemd(clock, { NOTIFY_SOCKET: '/run/x', ...watchdog }, () => {}).ready()
    expect(clock.pending).toBe(0)
  }
})

test('createSystemd() runs nothing where there is no systemd', async () => {
  const told = fakeNotify()
  for (const environment of [{}, { NOTIFY_SOCKET: '' }]) {
    const systemd = createSystemd(createManualClock(), { WATCHDOG_USEC: '1000', ...environment }, () => {})
    systemd.ready()
    systemd.stopping(1)
    systemd.stop()
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(told()).toEqual([])
})

test('createSystemd() says why systemd could not be told', async () => {
  fakeNotify(1)
  const errors: unknown[] = []
  createSystemd(createManualClock(), { NOTIFY_SOCKET: '/run/x' }, (error) => errors.push(error)).ready()
  await until(() => errors.length === 1)
  expect(String(errors[0])).toContain('systemd-notify')
})
