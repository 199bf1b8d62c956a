import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { attach } from '@breakwater/core'
import { toListener } from '@breakwater/express'
import { createMetrics, type Metrics } from '@breakwater/metrics'
import { parseExposition, validateExposition } from '@breakwater/testing/exposition'
import { startPrometheus, usePromtool, useService } from '@breakwater/testing/services'
import { expect, test } from 'vitest'

const LIMIT = { timeout: 15_000, interval: 100 }
const HOSTILE = 'a "quoted" \\ back\\nslash\nand # a new line {le="1"} 1'
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

/** What the files of rules say, without waiting: in a test nothing lasts for minutes. */
const rules = ['recording', 'alerts'].map((name) =>
  readFileSync(join(import.meta.dirname, `../rules/breakwater-${name}.yml`), 'utf8').replace(/^ +for: .*\n/gm, ''),
)

/** A server with metrics, and a Prometheus that reads them. */
async function start() {
  const metrics: Metrics = createMetrics({ exemplars: () => ({ traceId: TRACE, spanId: '00f067aa0ba902b7' }) })
  metrics.watch({
    kind: 'breaker',
    name: HOSTILE,
    measure: () => [
      { name: 'breaker_state', help: 'Circuits in each state.', kind: 'gauge', labels: { state: 'open' }, value: 1 },
    ],
  })
  const server: Server = createServer(
    toListener({ hooks: [metrics.hook], endpoints: { '/metrics': metrics.endpoint } }, (request, response) => {
      Object.assign(request, { route: { path: '/tasks/:id' } })
      response.statusCode = request.url === '/tasks/broken' ? 500 : 200
      response.end('task')
    }),
  )
  attach(server, [metrics.serverHook])
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async (): Promise<void> => {
    server.close()
    server.closeAllConnections()
    await metrics.close()
  }
  const prometheus = await startPrometheus({ scrapes: [{ job: 'tasks', url: `${url}/metrics` }], rules }).catch(
    async (error) => {
      await close()
      throw error
    },
  )
  if ('skip' in prometheus) {
    await close()
    return prometheus
  }
  const stop = async (): Promise<void> => {
    await prometheus.stop()
    await close()
  }
  return { prometheus, metrics, url, stop }
}

const tasks = useService('Prometheus', start)
const promtool = usePromtool()

async function ask(path: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await (await fetch(`${tasks.url}${path}`)).arrayBuffer()
}

async function scrape(accept: string): Promise<{ readonly type: string; readonly text: string }> {
  const response = await fetch(`${tasks.url}/metrics`, { headers: { accept } })
  return { type: response.headers.get('content-type') ?? '', text: await response.text() }
}

test('a scrape passes `promtool check metrics` and the strict validator', async () => {
  await ask('/tasks/1', 5)
  await ask('/tasks/broken', 5)
  const { type, text } = await scrape('text/plain;version=0.0.4')
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(validateExposition(text)).toEqual([])
  expect(await promtool.checkMetrics(text)).toBe('')
  const { samples } = parseExposition(text)
  expect(samples.find(({ name }) => name === 'breaker_state')?.labels.breaker).toBe(HOSTILE)
})

test('a scrape in OpenMetrics passes the strict validator, and has exemplars', async () => {
  await ask('/tasks/1', 5)
  const { type, text } = await scrape('application/openmetrics-text;version=1.0.0')
  expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  const { problems, samples } = parseExposition(text, 'openmetrics')
  expect(problems).toEqual([])
  expect(samples.some(({ exemplar }) => exemplar?.labels.trace_id === TRACE)).toBe(true)
})

test('Prometheus scrapes it, keeps labels as they are, and fires alerts', { timeout: 40_000 }, async () => {
  const { prometheus } = tasks
  await expect.poll(() => prometheus.targets(), LIMIT).toMatchObject([{ health: 'up', error: '' }])
  await ask('/tasks/1', 50)
  await ask('/tasks/broken', 200)
  await expect.poll(async () => (await prometheus.query('breaker_state'))[0]?.labels.breaker, LIMIT).toBe(HOSTILE)
  await expect
    .poll(async () => (await prometheus.alerts()).map(({ name, state }) => `${name} ${state}`), LIMIT)
    .toEqual(expect.arrayContaining(['HttpRouteFails firing', 'CircuitOpen firing']))
  const [ratio] = await prometheus.query('job:http_request_errors:ratio_rate5m{job="tasks"}')
  expect(ratio?.value).toBeGreaterThan(0.5)
  await expect
    .poll(() => prometheus.exemplars('http_request_duration_seconds_bucket'), LIMIT)
    .toContainEqual(expect.objectContaining({ trace_id: TRACE }))
})
