import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type Held, leftovers, needs, outcome, runNode } from './fixtures/held.ts'
import { REDIS_PROGRAM } from './redis-node.ts'
import { useService } from './use.ts'

// Whole processes are started, and wait for each other.
vi.setConfig({ testTimeout: 60_000 })

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const fixtures = join(import.meta.dirname, 'fixtures')
const scratch = mkdtempSync(join(tmpdir(), 'breakwater-use-'))
afterAll(() => rmSync(scratch, { recursive: true }))

type Run = ReturnType<typeof runNode>

function runVitest(files: readonly string[], env: Readonly<Record<string, string>>): Run {
  const args = [vitest, 'run', '--config', join(fixtures, 'vitest.config.ts'), ...files]
  return runNode(args, { HOME: scratch, TMPDIR: scratch, ...env })
}

interface Results {
  readonly code: number | null
  readonly stderr: string
  readonly tests: Readonly<Record<string, string>>
}

async function results(run: Run): Promise<Results> {
  const { code, stdout, stderr } = await outcome(run)
  return { code, stderr, tests: JSON.parse(stdout) as Record<string, string> }
}

const without = { PATH: '', TESTS_NO_INSTALL: '1' }

test('useService() skips the tests that need a missing service, and says so once', async () => {
  const { code, stderr, tests } = await results(runVitest(['all.fixture', 'some.fixture'], without))
  expect(tests).toEqual({
    one: 'skipped',
    two: 'skipped',
    'needs nothing': 'passed',
    'needs it': 'skipped',
    'is skipped for a reason of its own': 'skipped',
  })
  expect(code).toBe(0)
  expect(stderr.match(/SKIP.*/g)).toEqual([expect.stringMatching(/^SKIPPED 3 TESTS: no redis-server here/)])
})

for (const variable of ['CI', 'REQUIRE_SERVICES']) {
  test(`useService() lets the tests that need a missing service fail with ${variable} set`, async () => {
    const { code, tests } = await results(
      runVitest(['all.fixture', 'some.fixture'], { ...without, [variable]: 'true' }),
    )
    expect(code).toBe(1)
    expect(tests).toEqual({
      one: 'failed',
      two: 'failed',
      'needs nothing': 'passed',
      'needs it': 'failed',
      'is skipped for a reason of its own': 'skipped',
    })
  })
}

describe('with a server', () => {
  needs(REDIS_PROGRAM)

  async function held(path: string): Promise<Held> {
    await expect.poll(() => existsSync(path) && readFileSync(path, 'utf8'), { timeout: 30_000 }).toMatch(/}$/)
    return JSON.parse(readFileSync(path, 'utf8')) as Held
  }

  test('useService() leaves nothing behind after a test that failed', async () => {
    const path = join(scratch, 'failed.json')
    const { tests } = await results(runVitest(['stays.fixture'], { HELD: path, FAIL: '1' }))
    expect(tests).toEqual({ 'stays until the run is killed': 'failed' })
    expect(await leftovers(await held(path))).toEqual([])
  })

  const ends: readonly (readonly [string, (pid: number) => void])[] = [
    ['Ctrl-C', (pid) => process.kill(-pid, 'SIGINT')],
    ['SIGTERM', (pid) => process.kill(pid, 'SIGTERM')],
    ['SIGKILL', (pid) => process.kill(pid, 'SIGKILL')],
  ]

  for (const [name, end] of ends) {
    test(`useService() leaves nothing behind after ${name}`, async () => {
      const path = join(scratch, `${name}.json`)
      const run = runVitest(['stays.fixture'], { HELD: path })
      const server = await held(path)
      expect(await leftovers(server)).not.toEqual([])
      end(run.pid as number)
      await expect.poll(() => leftovers(server), { timeout: 15_000 }).toEqual([])
    })
  }

  test('useService() leaves no temporary file at all', () => {
    expect(readdirSync(scratch).filter((name) => name.startsWith('breakwater'))).toEqual([])
  })
})

describe('useService()', () => {
  const service = useService('the trial', async () => ({ value: 1, stop: async () => {} }))
  let error: unknown
  try {
    void service.value
  } catch (thrown) {
    error = thrown
  }

  test('gives what was started', () => expect(service.value).toBe(1))

  test('cannot be read before', () => {
    expect(error).toEqual(new Error('Cannot use the trial outside of the tests and hooks it was started for'))
  })
})
