import { join } from 'node:path'
import {
  bundleSubject,
  nodeBinary,
  type RunOptions,
  type RunReport,
  runShutdown,
  type ScenarioName,
  type Subject,
  whyNotFirst,
} from '@breakwater/testing/shutdown'
import { beforeAll, describe, expect, test, vi } from 'vitest'

const SOAK = Number(process.env.SOAK ?? 1)
/** With `SOAK` set, on the newest of each line that the package promises to run on: nine make 1,000 runs. */
const LINES = process.env.SOAK === undefined ? [] : [20, 22, 24, 26]
vi.setConfig({ testTimeout: 60_000 * SOAK * Math.max(LINES.length, 1), hookTimeout: 10 * 60_000 })

/** The default of `createShutdown`. */
const LINGER_MS = 500
/** Of one seed, on a machine that is too busy. */
const MOST_RUNS = 4

const folder = join(import.meta.dirname, 'subjects')
const nodes: string[] = []

beforeAll(async () => {
  for (const line of LINES) {
    const found = await nodeBinary(line)
    if ('path' in found) nodes.push(found.path)
    else if (process.env.CI || process.env.REQUIRE_SERVICES)
      throw new Error(`Cannot test on Node ${line}: ${found.missing}`)
    else process.stderr.write(`\n[shutdown] NOT TESTED on Node ${line}: ${found.missing}\n\n`)
  }
  if (nodes.length === 0) nodes.push(process.execPath)
})

/** Runs of one scenario on each Node, each with a seed of its own. */
async function play(script: string, scenario: ScenarioName, options = {}): Promise<readonly RunReport[]> {
  const bundle = await bundleSubject(join(folder, `${script}.ts`))
  const reports: RunReport[] = []
  for (const node of nodes) {
    const subject = { name: script, script: bundle, node }
    for (let seed = 1; seed <= SOAK; seed++) reports.push(await awake(subject, scenario, { seed, ...options }))
  }
  return reports
}

/**
 * A run whose clients did not stand still. An idle connection is promised `lingerMs`: who is not run for as long sends its next
 * request too late, and its loss says nothing about the server. Whatever the last of some runs shows, counts.
 */
async function awake(subject: Subject, scenario: ScenarioName, options: RunOptions): Promise<RunReport> {
  for (let run = 1; ; run++) {
    const report = await runShutdown(subject, scenario, options)
    if (report.stalledMs < LINGER_MS / 2 || run === MOST_RUNS) return report
    process.stderr.write(
      `[shutdown] ${scenario}, seed ${options.seed}: again, as clients stood still for ${Math.round(report.stalledMs)} ms\n`,
    )
  }
}

function sum(reports: readonly RunReport[], name: 'sent' | 'lost' | 'turnedAway' | 'failed5xx' | 'open'): number {
  return reports.reduce((total, { counts }) => total + counts[name], 0)
}

/** What became of requests that must have been answered. */
function lossesOf(reports: readonly RunReport[]): readonly unknown[] {
  return reports
    .filter(({ counts }) => counts.lost + counts.turnedAway + counts.failed5xx + counts.open > 0)
    .map(({ node, seed, counts, reasons, stalledMs }) => ({ node, seed, counts, reasons, stalledMs }))
}

function unused(reports: readonly RunReport[]): readonly string[] {
  return reports.flatMap(({ node, unusable }) => (unusable === undefined ? [] : [`Node ${node}: ${unusable}`]))
}

function exitsOf(reports: readonly RunReport[]): readonly string[] {
  return [...new Set(reports.map(({ exit }) => String(exit.code ?? exit.signal)))]
}

describe('not one request is lost:', () => {
  const scenarios: readonly ScenarioName[] = [
    'keep-alive',
    'pipelined',
    'tls',
    'h2c',
    'lag',
    'half-open',
    'idle',
    'never-used',
    'backlog',
    'burst',
    'websocket',
    'events',
    'download',
    'slow-reader',
    'upload',
  ]
  test.for(scenarios)('%s', async (scenario) => {
    const reports = await play('ours', scenario)
    expect(unused(reports)).toEqual([])
    expect(sum(reports, 'sent')).toBeGreaterThan(0)
    expect(lossesOf(reports)).toEqual([])
    expect(exitsOf(reports)).toEqual(['0'])
    expect(new Set(reports.map(({ node }) => node)).size).toBe(nodes.length)
  })

  test('keep-alive, over a round trip of 50 ms', async () => {
    const reports = await play('ours', 'keep-alive', { roundTripMs: 50 })
    expect(unused(reports)).toEqual([])
    expect(lossesOf(reports)).toEqual([])
  })
})

test('http2 over TLS loses nothing, though it turns away what never pauses', async () => {
  const reports = await play('ours', 'http2')
  expect([unused(reports), sum(reports, 'lost'), sum(reports, 'failed5xx')]).toEqual([[], 0, 0])
})

test('Node alone loses requests: the harness is not blind', async () => {
  const reports = await play('bare', 'backlog')
  expect(sum(reports, 'lost') + sum(reports, 'turnedAway')).toBeGreaterThan(0)
})

describe('it ends, and says how:', () => {
  const cases: readonly (readonly [ScenarioName, number])[] = [
    ['second-signal', 143],
    ['hook-hang', 70],
    ['hook-throw', 1],
    ['hook-block', 70],
    ['start-loaded', 0],
    ['start-pending', 0],
    ['start-ready', 0],
    ['crash', 1],
    ['reject', 1],
  ]
  test.for(cases)('%s: exit code %i', async ([scenario, code]) => {
    const reports = await play('ours', scenario)
    expect(unused(reports)).toEqual([])
    expect(exitsOf(reports)).toEqual([String(code)])
    expect(lossesOf(reports)).toEqual([])
  })

  test('a loop that is blocked is ended soon after the deadline', async () => {
    for (const { exit, stalledMs } of await play('ours', 'hook-block')) {
      expect(exit.ms).toBeGreaterThan(1_500)
      // 100 ms after it, and what a busy machine adds.
      expect(exit.ms).toBeLessThan(1_600 + 2 * stalledMs + 500)
    }
  })

  test('as the first process of a container, too', async ({ skip }) => {
    const why = whyNotFirst()
    if (why !== undefined) skip(why)
    const clean = await play('ours', 'keep-alive', { isFirst: true })
    expect([exitsOf(clean), unused(clean), lossesOf(clean)]).toEqual([['0'], [], []])
    const blocked = await play('ours', 'hook-block', { isFirst: true })
    expect(exitsOf(blocked)).toEqual(['70'])
  })
})
