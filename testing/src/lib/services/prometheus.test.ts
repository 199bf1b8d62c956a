import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from './port.ts'
import { startPrometheus } from './prometheus.ts'
import { startPromtool } from './promtool.ts'
import { usePrometheus, usePromtool } from './use.ts'

const RULES = `groups:
  - name: tests
    rules:
      - { record: "job:temperature:max", expr: max by (job) (temperature) }
      - { alert: Hot, expr: temperature > 30, labels: { severity: page } }
`

const prometheus = usePrometheus({ scrapes: [], rules: [RULES], everyMs: 100 })
const promtool = usePromtool()
let text = ''
const target = createServer((_request, response) => response.end(text))
let url = ''

beforeAll(async () => {
  const port = await freePort()
  url = `http://127.0.0.1:${port}/metrics`
  await new Promise<void>((resolve) => target.listen(port, '127.0.0.1', resolve))
})
afterAll(() => {
  target.close()
  target.closeAllConnections()
})

test('startPrometheus() scrapes, evaluates rules and fires alerts', { timeout: 20_000 }, async () => {
  text = 'temperature{room="kitchen"} 31\n'
  await prometheus.configure({ scrapes: [{ job: 'rooms', url }], rules: [RULES], everyMs: 100 })
  await expect
    .poll(() => prometheus.query('job:temperature:max'), { timeout: 15_000 })
    .toEqual([{ labels: { __name__: 'job:temperature:max', job: 'rooms' }, value: 31 }])
  await expect
    .poll(() => prometheus.alerts(), { timeout: 15_000 })
    .toEqual([
      {
        name: 'Hot',
        state: 'firing',
        labels: { severity: 'page', job: 'rooms', room: 'kitchen', instance: new URL(url).host },
      },
    ])
  expect(await prometheus.targets()).toEqual([{ job: 'rooms', url, health: 'up', error: '' }])
})

test('targets() says what is wrong with what was read', { timeout: 20_000 }, async () => {
  text = 'not-a-name 1\n'
  await expect
    .poll(async () => (await prometheus.targets())[0], { timeout: 15_000 })
    .toMatchObject({ health: 'down', error: expect.stringContaining('invalid syntax') })
})

test('configure() rejects what is wrong, and the old one stays', async () => {
  await expect(prometheus.configure({ scrapes: [], rules: ['groups: [{ name: x, rules: [{}] }]'] })).rejects.toThrow(
    /^Cannot configure Prometheus: /,
  )
  expect(await prometheus.targets()).toHaveLength(1)
})

test('query() rejects with what Prometheus says', async () => {
  await expect(prometheus.query('sum(')).rejects.toThrow(/^Prometheus answered 400 to .*: .*parse error/)
})

test('checkMetrics() lints', async () => {
  expect(await promtool.checkMetrics('# HELP a_total A.\n# TYPE a_total counter\na_total 1\n')).toBe('')
  expect(await promtool.checkMetrics('# HELP a A.\n# TYPE a counter\na 1\n')).toContain('"_total" suffix')
  expect(await promtool.checkMetrics('a-b 1\n')).toContain('error while linting')
})

test('checkRules() and testRules() say what is wrong', async () => {
  const missing = join(import.meta.dirname, 'no-such.yml')
  expect(await promtool.checkRules(missing)).toContain('no-such.yml')
  expect(await promtool.testRules(missing)).toContain('no-such.yml')
})

test('startPrometheus() and startPromtool() say why there are none', async () => {
  const env = { PATH: '', TESTS_NO_INSTALL: '1' }
  const skip = 'no prometheus here and TESTS_NO_INSTALL is set: install it (Debian: apt-get install prometheus)'
  expect(await startPrometheus({ scrapes: [], env })).toEqual({ skip })
  expect(await startPromtool({ env })).toEqual({ skip })
})
