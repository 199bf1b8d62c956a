import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { preciseCpuMs, readUsage } from './usage.ts'

const isLinux = process.platform === 'linux'

function burn(forMs: number): void {
  const until = process.cpuUsage().user + forMs * 1_000
  while (process.cpuUsage().user < until);
}

test.runIf(isLinux)('readUsage() counts CPU and memory of this process, and leaves out who is gone', () => {
  const before = readUsage([{ name: 'this', pid: process.pid, isAlone: true }]).get('this')
  burn(60)
  const usages = readUsage([
    { name: 'this', pid: process.pid, isAlone: true },
    { name: 'nobody', pid: 2 ** 30 },
  ])
  expect([...usages.keys()]).toEqual(['this'])
  expect((usages.get('this')?.cpuMs ?? 0) - (before?.cpuMs ?? 0)).toBeGreaterThanOrEqual(40)
  expect(usages.get('this')?.rssBytes).toBeGreaterThan(10_000_000)
})

test.runIf(isLinux)('readUsage() counts children as well', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'spawn')
  const [alone, family] = [true, false].map((isAlone) =>
    readUsage([{ name: 'this', pid: process.pid, isAlone }]).get('this'),
  )
  expect(family?.rssBytes).toBeGreaterThan(alone?.rssBytes ?? 0)
})

test.runIf(isLinux)('preciseCpuMs() sees less than a tick', () => {
  const before = preciseCpuMs(process.pid)
  burn(3)
  expect(preciseCpuMs(process.pid) - before).toBeGreaterThan(2)
})
