import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Held, leftovers, needs, runNode } from './fixtures/held.ts'
import { POSTGRES_PROGRAM } from './postgres.ts'
import { REDIS_PROGRAM } from './redis-node.ts'

// Whole processes are started, and wait for each other.
vi.setConfig({ testTimeout: 60_000 })

type Way = 'ends' | 'throws' | 'stays' | 'pauses and stays'

/** A temporary directory for nothing else, so that everything that is left can be seen. */
let scratch: string
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'breakwater-ends-'))
  chmodSync(scratch, 0o755) // the server's user goes through it
})
afterEach(() => rmSync(scratch, { recursive: true }))

function hold(kind: string, way: Way): ReturnType<typeof runNode> {
  return runNode([join(import.meta.dirname, 'fixtures/hold.ts'), kind, way], { TMPDIR: scratch })
}

/** Checks that a server runs, lets its holder end, and waits until nothing is left. */
async function endsWith(kind: string, way: Way, end: (pid: number) => void): Promise<void> {
  const holder = hold(kind, way)
  const [line] = (await once(holder.stdout as NodeJS.EventEmitter, 'data')) as [Buffer]
  const held = JSON.parse(String(line)) as readonly Held[]
  const left = async (): Promise<string[]> => (await Promise.all(held.map(leftovers))).flat()
  if (way.endsWith('stays')) for (const one of held) expect(await leftovers(one)).not.toEqual([])
  end(holder.pid as number)
  await expect.poll(async () => [...(await left()), ...readdirSync(scratch)], { timeout: 15_000 }).toEqual([])
}

describe('Redis', () => {
  needs(REDIS_PROGRAM)

  test('is gone after SIGKILL', () => endsWith('redis', 'stays', (pid) => process.kill(pid, 'SIGKILL')))
  test('is gone after SIGTERM', () => endsWith('redis', 'stays', (pid) => process.kill(pid, 'SIGTERM')))
  test('is gone after Ctrl-C', () => endsWith('redis', 'stays', (pid) => process.kill(-pid, 'SIGINT')))
  test('is gone after an uncaught error', () => endsWith('redis', 'throws', () => {}))
  test('is gone after a script that forgot stop()', () => endsWith('redis', 'ends', () => {}))
  test('is gone after SIGKILL while it is paused', () =>
    endsWith('redis', 'pauses and stays', (pid) => process.kill(pid, 'SIGKILL')))
})

describe('Redis Cluster', () => {
  needs(REDIS_PROGRAM)

  test('is gone after SIGKILL', () => endsWith('cluster', 'stays', (pid) => process.kill(pid, 'SIGKILL')))
  test('is gone after a script that forgot stop()', () => endsWith('cluster', 'ends', () => {}))

  test('is gone after SIGKILL while it is being started', async () => {
    const holder = hold('cluster', 'stays')
    await expect.poll(() => readdirSync(scratch).length, { timeout: 15_000, interval: 5 }).toBeGreaterThan(3)
    holder.kill('SIGKILL')
    await expect.poll(() => readdirSync(scratch), { timeout: 15_000 }).toEqual([])
  })
})

describe('Redis Sentinel', () => {
  needs(REDIS_PROGRAM)

  test('is gone after SIGKILL while one is paused', () =>
    endsWith('sentinel', 'pauses and stays', (pid) => process.kill(pid, 'SIGKILL')))
})

describe('PostgreSQL', () => {
  needs(POSTGRES_PROGRAM)

  test('is gone after SIGKILL', () => endsWith('postgres', 'stays', (pid) => process.kill(pid, 'SIGKILL')))
  test('is gone after SIGKILL while it is paused', () =>
    endsWith('postgres', 'pauses and stays', (pid) => process.kill(pid, 'SIGKILL')))

  test('is gone after SIGKILL while it is being prepared', async () => {
    const holder = hold('postgres', 'stays')
    const data = (): boolean => readdirSync(scratch).some((directory) => existsSync(join(scratch, directory, 'data')))
    await expect.poll(data, { timeout: 15_000, interval: 5 }).toBe(true)
    holder.kill('SIGKILL')
    await expect.poll(() => readdirSync(scratch), { timeout: 15_000 }).toEqual([])
  })
})
