import { join } from 'node:path'
import { type RunReport, runShutdown, type ScenarioName } from '@breakwater/testing/shutdown'
import { expect, test, vi } from 'vitest'
import type { Platform } from './support/transport.ts'

vi.setConfig({ testTimeout: 60_000 })

/** The default of `createShutdown`. */
const LINGER_MS = 500
/** Of one scenario, on a machine that is too busy. */
const MOST_RUNS = 4

const SCENARIOS: readonly ScenarioName[] = [
  'keep-alive',
  'pipelined',
  'tls',
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

/** In whole with `SOAK` set, and on both versions of Nest. */
const RUNS: readonly (readonly [Platform, 11 | 12, readonly ScenarioName[]])[] =
  process.env.SOAK === undefined
    ? [['fastify', 12, ['keep-alive']]]
    : [
        ['express', 12, SCENARIOS],
        ['fastify', 12, [...SCENARIOS, 'h2c', 'http2']],
        ['express', 11, SCENARIOS],
        ['fastify', 11, [...SCENARIOS, 'h2c', 'http2']],
      ]

test.for(RUNS.flatMap(([platform, version, names]) => names.map((name) => [platform, version, name] as const)))(
  'Nest on %s, version %i, loses not one request: %s',
  async ([platform, version, name]) => {
    const report = await play(platform, version, name)
    const { unusable, stderr, counts, exit, hooks } = report
    expect([unusable, stderr]).toEqual([undefined, ''])
    expect(lossesOf(report)).toEqual([])
    expect(counts.sent).toBeGreaterThan(0)
    expect([exit.code, hooks]).toEqual([0, ['began', 'ended']])
  },
)

/**
 * A run whose clients did not stand still for so long that an idle connection may be ended: such a loss says nothing about the
 * server. Whatever the last of some runs shows, counts.
 */
async function play(platform: Platform, version: 11 | 12, scenario: ScenarioName): Promise<RunReport> {
  const use = join(import.meta.dirname, 'nest-11/use-nest-11.mjs')
  const subject = {
    name: `nest-${version}-${platform}`,
    script: join(import.meta.dirname, 'subjects/nest.ts'),
    args: [platform],
    env: {
      NODE_COMPILE_CACHE: join(import.meta.dirname, '../node_modules/.cache/compile'),
      ...(version === 11 && { NODE_OPTIONS: `--import ${use}` }),
    },
  }
  for (let run = 1; ; run++) {
    const report = await runShutdown(subject, scenario)
    if (lossesOf(report).length === 0 || report.stalledMs < LINGER_MS / 2 || run === MOST_RUNS) return report
  }
}

/** What became of requests that must have been answered. */
function lossesOf({ scenario, counts, reasons }: RunReport): readonly string[] {
  // HTTP/2 over TLS turns away what crosses its GOAWAY, and says so.
  const { lost, failed5xx, open, turnedAway } = { ...counts, ...(scenario === 'http2' && { turnedAway: 0 }) }
  return lost + failed5xx + open + turnedAway === 0 ? [] : [JSON.stringify({ counts, reasons })]
}
