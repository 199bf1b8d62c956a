import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { HttpExchange, HttpHook } from '@breakwater/core'
import { createMetrics, type Metrics } from '@breakwater/metrics'
import { type ExpositionFormat, parseExposition } from '@breakwater/testing/exposition'
import { createRandom } from '@breakwater/testing/simulation'
import { describe, expect, test } from 'vitest'

const IS_SOAK = process.env.SOAK !== undefined
const SETS = IS_SOAK ? 100_000 : 1_000
const URLS = IS_SOAK ? 1_000_000 : 50_000
/** What a million kinds of requests would take is a hundred times that. */
const MOST_BYTES = 2_000_000

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

/** What text formats, JSON, shells and people who escape by hand stumble over. */
const PIECES = [
  ...'\\"\n\r\t{}=,# \u0000\u007F\u2028\uFEFFé漢😀',
  '\\n',
  '\\\\',
  '\\"',
  '# EOF\n',
  '# TYPE a counter\n',
  'le="+Inf"',
  '"} 1\n',
  '__proto__',
  'NaN',
  'value',
  'a',
  '0',
]

interface Fuzz {
  integer(below: number): number
  pick<item>(items: readonly item[]): item
}

function createFuzz(seed: number): Fuzz {
  const random = createRandom(seed)
  const integer = (below: number): number => Math.floor(random() * below)
  return { integer, pick: (items) => items[integer(items.length)] as never }
}

function someValue({ integer, pick }: Fuzz): string {
  return Array.from({ length: integer(6) }, () => pick(PIECES)).join('')
}

async function expositionOf(metrics: Metrics, format: ExpositionFormat): Promise<string> {
  const accept = format === 'text' ? 'text/plain' : 'application/openmetrics-text;version=1.0.0'
  const header = (name: string): string | undefined => (name === 'accept' ? accept : undefined)
  const { body } = await metrics.endpoint({ method: 'GET', path: '/metrics', header } as HttpExchange)
  if (typeof body === 'string') return body
  let text = ''
  for await (const piece of body as AsyncIterable<string | Uint8Array>) text += Buffer.from(piece as string)
  return text
}

describe(`${SETS} label sets come back as they were`, () => {
  test.for(['text', 'openmetrics'] as const)('%s', { timeout: 20_000 * (IS_SOAK ? 10 : 1) }, async (format) => {
    const fuzz = createFuzz(1)
    await using metrics = createMetrics({ process: false, maxSeriesPerFamily: SETS + 1 })
    const instruments = {
      fuzz_events_total: metrics.counter({
        name: 'fuzz_events_total',
        help: someValue(fuzz) || 'Events.',
        labels: ['a', 'b'],
      }),
      fuzz_state: metrics.gauge({ name: 'fuzz_state', help: 'A \\ and\na "state".', labels: ['a', 'b'] }),
    }
    const expected = new Map<string, number>()
    for (let set = 0; set < SETS; set++) {
      const name = fuzz.pick(['fuzz_events_total', 'fuzz_state'] as const)
      const labels = { a: someValue(fuzz), b: someValue(fuzz) }
      const value = fuzz.pick([0, 1, 0.1, 1e-7, 1e21, Number.MAX_VALUE, fuzz.integer(1_000)])
      const key = JSON.stringify([name, labels])
      if (expected.has(key)) continue
      instruments[name].with(labels).add(value)
      expected.set(key, value)
    }
    const { problems, samples } = parseExposition(await expositionOf(metrics, format), format)
    expect(problems).toEqual([])
    const seen = samples.filter(({ name }) => name.startsWith('fuzz_'))
    const wrong = seen.filter(({ name, labels: { a = '', b = '' }, value }) => {
      return expected.get(JSON.stringify([name, { a, b }])) !== value
    })
    expect(wrong).toEqual([])
    expect(seen).toHaveLength(expected.size)
  })
})

test('label values that have no UTF-8 come out as one that has', async () => {
  await using metrics = createMetrics({ process: false })
  metrics
    .gauge({ name: 'fuzz_state', help: 'A state.', labels: ['a'] })
    .with({ a: 'x\uD800y' })
    .set(1)
  const { problems, samples } = parseExposition(Buffer.from(await metrics.text()).toString())
  expect(problems).toEqual([])
  expect(samples.find(({ name }) => name === 'fuzz_state')?.labels).toEqual({ a: 'x\uFFFDy' })
})

/** One that is not routed, and ends as it pleases. */
function request(hook: HttpHook, method: string, path: string, outcome: 'aborted' | 'finished'): void {
  const exchange: HttpExchange = {
    method,
    path,
    route: undefined,
    status: 404,
    outcome,
    startedAtMs: performance.now(),
    slots: [],
    header: () => undefined,
    setHeader: () => {},
  }
  hook.onStart?.(exchange, 0)
  hook.onHead?.(exchange, 0)
  hook.onEnd?.(exchange, 0)
}

test(`${URLS} random URLs take one series for each method and outcome, and no memory`, {
  timeout: 120_000,
}, async () => {
  const { integer, pick } = createFuzz(1)
  await using metrics = createMetrics({ process: false })
  const methods = ['GET', 'POST', 'PROPFIND']
  const send = (times: number): void => {
    for (let time = 0; time < times; time++) {
      const path = `/${integer(1e9).toString(36)}/${integer(1e9)}.php`
      request(metrics.hook, pick(methods), path, pick(['aborted', 'finished']))
    }
  }
  send(URLS / 10)
  const before = await countSeries(metrics)
  gc()
  const bytes = process.memoryUsage().heapUsed
  send(URLS)
  gc()
  expect(process.memoryUsage().heapUsed - bytes).toBeLessThan(MOST_BYTES)
  expect(await countSeries(metrics)).toBe(before)
  const { samples } = parseExposition(await metrics.text())
  const counts = samples.filter(({ name }) => name === 'http_request_duration_seconds_count')
  expect(
    counts.map(({ labels: { method, route, status_code } }) => `${method} ${route} ${status_code}`).sort(),
  ).toEqual(['GET', 'POST', '_OTHER'].flatMap((method) => [404, 499].map((status) => `${method} unmatched ${status}`)))
  expect(counts.reduce((sum, { value }) => sum + value, 0)).toBe(URLS + URLS / 10)
})

async function countSeries(metrics: Metrics): Promise<number> {
  return parseExposition(await metrics.text()).samples.length
}
