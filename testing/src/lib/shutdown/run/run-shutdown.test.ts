import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ScenarioName } from '../scenarios/scenario.ts'
import { bundleSubject } from './bundle-subject.ts'
import type { Subject } from './child.ts'
import { whyNotFirst } from './first.ts'
import { runShutdown } from './run-shutdown.ts'
import { BARE, problemsOf, voidReasons } from './verdict.ts'

// What the harness finds is only worth something if it finds what is there, and nothing that is not: Node alone loses
// requests, and a subject that was made for nothing but that loses none.

const RUNS = Number(process.env.SOAK ?? 1)
const LIMIT_MS = 1_500
let bare: Subject
let lossless: Subject

beforeAll(async () => {
  bare = await subject(BARE)
  lossless = await subject('lossless')
})

describe('runShutdown()', () => {
  test.each<ScenarioName>(['keep-alive', 'backlog', 'slow-reader'])(
    'finds that Node alone loses requests: %s',
    async (scenario) => {
      const report = await runShutdown(bare, scenario, { limitMs: LIMIT_MS })
      expect(report.unusable).toBeUndefined()
      expect(report.counts.lost).toBeGreaterThan(0)
      expect(report.losses[0]?.reason).toBeTypeOf('string')
      expect(voidReasons([report])).toEqual([])
    },
  )

  test.each<ScenarioName>(['keep-alive', 'pipelined', 'tls', 'backlog', 'idle'])(
    'finds no loss where there is none: %s',
    async (scenario) => {
      for (let seed = 1; seed <= RUNS; seed++) {
        const report = await runShutdown(lossless, scenario, { seed })
        expect(problemsOf(report)).toEqual([])
        expect(report.counts.answered).toBeGreaterThan(50)
        expect(report).toMatchObject({ exit: { code: 0, isKilled: false }, hooks: ['began', 'ended'] })
      }
    },
  )

  test('kills a subject that does not end, and counts what it had as lost', async () => {
    const report = await runShutdown(bare, 'websocket', { limitMs: 200 })
    expect(report.exit).toMatchObject({ isKilled: true, code: null, signal: 'SIGKILL' })
    expect(report.exit.ms).toBeGreaterThanOrEqual(200)
    expect(report).toMatchObject({
      counts: { sent: 16, lost: 16 },
      closeCodes: { 1006: 16 },
      reasons: { 'killed by the harness, as it did not end': 16 },
    })
  })

  test('tells how a second signal ended it', async () => {
    const report = await runShutdown(bare, 'second-signal')
    expect(report.exit).toMatchObject({ isKilled: false, signal: 'SIGTERM' })
    expect(report.exit.msFromSecond).toBeLessThan(report.exit.ms)
    expect(report.hooks).toEqual(['began'])
  })

  test('runs a subject as process 1', async ({ skip }) => {
    const why = whyNotFirst()
    skip(why !== undefined, why)
    const report = await runShutdown(lossless, 'keep-alive', { isFirst: true })
    expect(problemsOf(report)).toEqual([])
    expect(report.exit.code).toBe(0)
  })

  test('tells on which Node it was, and what it wrote to stderr', async () => {
    const report = await runShutdown(lossless, 'hook-throw')
    expect(report.node).toBe(process.version)
    expect(report.stderr).toContain('The hook was told to throw')
    expect(report.exit.code).toBe(1)
  })

  test('says so of a subject that does not start', async () => {
    const report = await runShutdown({ name: 'nothing', script: '/nowhere.mjs' }, 'keep-alive')
    expect(report.unusable).toContain("Cannot find module '/nowhere.mjs'")
    expect(report.exit).toMatchObject({ code: 1, isKilled: false })
    expect(problemsOf(report)[0]).toContain('says nothing: ')
  })

  test('says so of a Node that is none', async () => {
    const report = await runShutdown({ ...bare, node: '/nowhere/node' }, 'keep-alive')
    expect(report.unusable).toContain('ENOENT')
  })

  test('rejects a scenario that there is not', async () => {
    await expect(runShutdown(bare, 'lunch' as ScenarioName)).rejects.toThrow(
      'Expected `scenario` to be one of keep-alive, ',
    )
  })
})

async function subject(name: string): Promise<Subject> {
  return { name, script: await bundleSubject(join(import.meta.dirname, '../subjects', `${name}.ts`)) }
}
