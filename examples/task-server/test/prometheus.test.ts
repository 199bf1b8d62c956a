import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { startPrometheus, usePostgres, useService } from '@breakwater/testing/services'
import { expect, test } from 'vitest'
import { startServer } from './support/server.ts'

const LIMIT = { timeout: 20_000, interval: 100 }

/** What the files of rules say, without waiting: in a test nothing lasts for minutes. */
const rules = ['recording', 'alerts'].map((name) => {
  const path = new URL(`rules/breakwater-${name}.yml`, import.meta.resolve('@breakwater/metrics/package.json'))
  return readFileSync(fileURLToPath(path), 'utf8').replace(/^ +for: .*\n/gm, '')
})

const postgres = usePostgres({ own: true })

const scraped = useService('Prometheus', async () => {
  const server = startServer({ DATABASE_URL: await postgres.createDatabase() })
  const url = await server.listening
  const stopServer = async (): Promise<void> => void (await server.end('SIGKILL'))
  const prometheus = await startPrometheus({ scrapes: [{ job: 'tasks', url: `${url}/metrics` }], rules })
  if ('skip' in prometheus) {
    await stopServer()
    return prometheus
  }
  return { prometheus, url, stop: () => Promise.all([prometheus.stop(), stopServer()]).then(() => undefined) }
})

test('Prometheus scrapes the server, and tells when its database is gone', { timeout: 60_000 }, async () => {
  const { prometheus, url } = scraped
  await expect.poll(() => prometheus.targets(), LIMIT).toMatchObject([{ health: 'up', error: '' }])
  expect(await prometheus.alerts()).toEqual([])
  await postgres.kill()
  // For another page each time: those who ask for the same one share an answer.
  const ask = (limit: number): Promise<Response> => fetch(`${url}/api/v1/tasks?limit=${limit}`)
  await Promise.all(Array.from({ length: 50 }, (_, n) => ask(n + 1)))
  await expect
    .poll(async () => (await prometheus.alerts()).map(({ name, state }) => `${name} ${state}`), LIMIT)
    .toContain('CircuitOpen firing')
  expect((await prometheus.query('breaker_refused_total'))[0]?.labels.breaker).toBe('database')
})
