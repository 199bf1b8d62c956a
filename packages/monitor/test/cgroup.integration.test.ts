import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, type TestContext, test } from 'vitest'
import type { MonitorSnapshot } from '../src/index.ts'
import { findGroups, type GroupPath, NO_GROUPS } from '../src/lib/sample/cgroup.ts'
import { createFiles } from '../src/lib/sample/files.ts'

const groups = findGroups(createFiles()) ?? NO_GROUPS

/**
 * Makes a control group of its own, below that of this process, and removes it at the end. Skips where that cannot be done, or where
 * somebody else manages the group that this process is in.
 */
function makeGroup(context: TestContext, group: GroupPath | undefined, what: string, file: string): string {
  const skip = (why: string): never => context.skip(`control groups for ${what} were not tried: ${why}`)
  const [own] = group?.folders ?? []
  if (own === undefined) return skip('there are none here')
  if (group?.folders.length !== 1) return skip(`${own} belongs to whoever made it`)
  const folder = `${own}/breakwater-test-${process.pid}`
  try {
    mkdirSync(folder)
  } catch (error) {
    return skip(String(error))
  }
  onTestFinished(() => removeGroup(folder))
  return existsSync(`${folder}/${file}`) ? folder : skip(`${own} hands on no ${file}`)
}

/** A process that ended is in its group for a moment longer. */
async function removeGroup(folder: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(folder)
    } catch (error) {
      if (tries === 100) throw error
      await sleep(50)
    }
  }
}

/** Starts a process that works without end, in these groups. */
async function startWorker(folders: readonly string[]): Promise<ChildProcess> {
  const file = join(import.meta.dirname, 'subjects/busy.ts')
  const child = spawn(process.execPath, [file], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  onTestFinished(async () => {
    const ended = once(child, 'exit')
    if (child.kill('SIGKILL')) await ended
  })
  await once(child, 'message')
  for (const folder of folders) writeFileSync(`${folder}/cgroup.procs`, String(child.pid))
  child.send('work')
  return child
}

async function ask(child: ChildProcess): Promise<MonitorSnapshot> {
  const answer = once(child, 'message')
  child.send('tell')
  const [snapshot] = (await answer) as [MonitorSnapshot]
  return snapshot
}

/** Asks until it says so. The test's own limit ends it otherwise. */
async function askUntil(child: ChildProcess, isTrue: (snapshot: MonitorSnapshot) => boolean): Promise<MonitorSnapshot> {
  for (;;) {
    const snapshot = await ask(child)
    if (isTrue(snapshot)) return snapshot
    await sleep(100)
  }
}

test('snapshot() sees a real quota of CPU time, and that it is used up', async (context) => {
  const isFirst = groups.cpu?.version === 1
  const folder = makeGroup(context, groups.cpu, 'CPU time', isFirst ? 'cpu.cfs_quota_us' : 'cpu.max')
  if (isFirst) writeFileSync(`${folder}/cpu.cfs_quota_us`, '20000')
  else writeFileSync(`${folder}/cpu.max`, '20000 100000')
  const child = await startWorker([folder])
  const { cpu, signals } = await askUntil(
    child,
    (snapshot) => (snapshot.cpu?.throttledSeconds ?? 0) > 0 && snapshot.signals.cpuRatio?.level === 'critical',
  )
  expect(cpu).toMatchObject({ limitCores: 0.2, limitSource: 'cgroup' })
  expect(cpu?.throttledPeriods).toBeGreaterThan(0)
  expect(signals.cpuRatio?.value).toBeGreaterThan(0.5)
})

test('snapshot() tells the stalls of its own control group', async (context) => {
  const folder = makeGroup(context, groups.unified, 'stalls', 'cpu.pressure')
  const child = await startWorker([folder])
  const total = (): number => Number(/total=(\d+)/.exec(readFileSync(`${folder}/cpu.pressure`, 'utf8'))?.[1]) / 1e6
  const before = total()
  await askUntil(child, ({ cpu }) => (cpu?.usedCores ?? 0) > 0)
  const { pressure } = await ask(child)
  expect(pressure?.cpu?.someSeconds).toBeGreaterThanOrEqual(before)
  expect(pressure?.cpu?.someSeconds).toBeLessThanOrEqual(total())
})

test('snapshot() sees a real limit of memory', async (context) => {
  const isFirst = groups.memory?.version === 1
  const file = isFirst ? 'memory.limit_in_bytes' : 'memory.max'
  const folder = makeGroup(context, groups.memory, 'memory', file)
  writeFileSync(`${folder}/${file}`, '400000000')
  const child = await startWorker([folder])
  const { memory } = await ask(child)
  const limit = memory?.limits.find(({ source }) => source === 'cgroup')
  expect(limit?.path).toBe(`${folder}/${file}`)
  expect(limit?.limitBytes).toBeCloseTo(400e6, -4) // in whole pages
  expect(limit?.usedBytes).toBeGreaterThan(0)
  expect(limit?.usedBytes).toBeLessThanOrEqual(400e6)
})
