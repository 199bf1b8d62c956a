import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'
import { family, freezeTree, isRunning, killTree, thawTree } from './process-tree.ts'

// Processes are started, which takes as long as it takes.
vi.setConfig({ expect: { poll: { timeout: 15_000 } } })

const children: ChildProcess[] = []

/** A shell with one child of its own. */
async function spawnTree(): Promise<number> {
  const child = spawn('sh', ['-c', 'sleep 60 & echo ready; wait'], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  await once(child.stdout, 'data')
  return child.pid as number
}

function stateOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2]
}

afterEach(() => {
  for (const { pid } of children.splice(0)) if (pid) killTree(pid)
})

test('family() lists a process and its descendants, parents first', async () => {
  const pid = await spawnTree()
  expect(family(pid)).toEqual([pid, expect.any(Number)])
  expect(family(process.pid)).toEqual(expect.arrayContaining(family(pid)))
})

test('family() is empty for a process that is gone', () => {
  expect(family(2 ** 22 + 1)).toEqual([])
})

test.runIf(process.platform === 'linux')('freezeTree() stops all of them, thawTree() lets them go on', async () => {
  const pid = await spawnTree()
  const members = freezeTree(pid)
  await expect.poll(() => members.map(stateOf)).toEqual(['T', 'T'])
  thawTree(pid)
  await expect.poll(() => members.map(stateOf)).toEqual(['S', 'S'])
})

test('killTree() kills all of them', async () => {
  const members = killTree(await spawnTree())
  expect(members).toHaveLength(2)
  await expect.poll(() => members.some(isRunning)).toBe(false)
})

test('isRunning() is false for a process that ended and was not collected by its parent', async () => {
  // The shell becomes a sleep, which never collects its child.
  const child = spawn('sh', ['-c', 'sleep 0 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  const [line] = await once(child.stdout, 'data')
  await expect.poll(() => isRunning(Number(line))).toBe(false)
})
