import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import type { HttpHook, HttpServerHook } from '@breakwater/core'
import { type Exposition, parseExposition } from '../exposition/parse.ts'
import { createRandom } from '../random.ts'
import { get, TEXT } from '../transport/case.ts'
import type { ConformanceCase, ConformanceOptions } from '../transport/conformance.ts'
import type { Transport } from '../transport/transport.ts'
import { Trial } from '../transport/trial.ts'
import { quiet } from '../transport/waiter.ts'
import { EXPECTED, ROUTES, sendAll } from './battery.ts'

/** What counts requests, as the cases use it. */
export interface MetricsSubject {
  /** Mounted first. */
  readonly hook: HttpHook
  /** Attached to the raw server. */
  readonly serverHook: HttpServerHook
  /** What a scrape would get, in the text format. */
  text(): Promise<string>
  /** Ends it. */
  close(): Promise<void>
}

const DURATION = 'http_request_duration_seconds'
const IN_FLIGHT = 'http_requests_in_flight'
const FAMILIES = [DURATION, 'http_request_size_bytes', 'http_response_size_bytes']
const RANDOM_URLS = 300

/** What a case works with. */
interface Attempt {
  readonly trial: Trial
  readonly subject: MetricsSubject
  /** How long it waits for records. */
  readonly limitMs: number
}

/** A case, before it is given a server and something that counts. */
interface MetricsCase {
  readonly name: string
  run(attempt: Attempt): Promise<void>
}

/**
 * Lists what must hold for what counts requests, on every framework that speaks HTTP/1.1.
 *
 * @param transport The adapter.
 * @param create Creates what counts, with nothing counted yet.
 * @param options Limits.
 * @returns The cases.
 */
export function metricsConformance(
  transport: Transport,
  create: () => MetricsSubject,
  { limitMs = 5_000 }: ConformanceOptions = {},
): readonly ConformanceCase[] {
  return CASES.map(({ name, run }) => ({
    name,
    async run() {
      const trial = new Trial(transport, limitMs)
      const subject = create()
      try {
        await trial.serve({ hooks: [subject.hook], serverHooks: [subject.serverHook], routes: ROUTES })
        await run({ trial, subject, limitMs })
        await everythingIsRight(trial, subject)
      } finally {
        await trial.close()
        await subject.close()
      }
      await trial.check()
    },
  }))
}

const CASES: readonly MetricsCase[] = [
  {
    name: 'metrics: 100 requests of all kinds are 100 records in exactly 13 series',
    async run(attempt) {
      await sendAll(attempt.trial)
      assert.deepEqual(await countsOf(attempt, sum(EXPECTED)), EXPECTED)
      assert.deepEqual([sum(EXPECTED), Object.keys(EXPECTED).length], [100, 13])
    },
  },
  {
    name: 'metrics: connections without a request are none, however they end',
    async run(attempt) {
      const { trial } = attempt
      const [closed, ended, reset] = await Promise.all([trial.http1(), trial.http1(), trial.http1()])
      closed.destroy()
      ended.stream.end()
      reset.raw.resetAndDestroy()
      await quiet()
      assert.deepEqual(await countsOf(attempt, 0), {})
    },
  },
  {
    name: 'metrics: a body that breaks the rules of HTTP does not make two requests of one',
    async run(attempt) {
      const { trial } = attempt
      const client = await trial.http1()
      const head = 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n'
      client.write(`${head}4\r\necho\r\nno size\r\n`)
      await client.closed()
      const counts = await countsOf(attempt, 1)
      assert.equal(Object.keys(counts).length, 1)
      // A body that is read before routes are looked for never gets to one.
      assert.match(Object.keys(counts)[0] ?? '', /^POST (\/echo|unmatched) (400|499|500)$/)
    },
  },
  {
    name: `metrics: ${RANDOM_URLS} random URLs and methods make no series for each`,
    async run(attempt) {
      const { trial } = attempt
      const random = createRandom(1)
      const client = await trial.http1()
      const methods = ['GET', 'DELETE', 'LOCK', 'MKCOL', 'PURGE', 'REPORT']
      for (let index = 0; index < RANDOM_URLS; index++) {
        const method = methods[Math.floor(random() * methods.length)] as string
        await client.fetch(method, `/${random().toString(36)}/${random()}?${random()}`)
      }
      const counts = await countsOf(attempt, RANDOM_URLS)
      assert.deepEqual(Object.keys(counts), ['DELETE unmatched 404', 'GET unmatched 404', '_OTHER unmatched 404'])
    },
  },
  {
    name: 'metrics: a request is in flight from its start to its end',
    async run(attempt) {
      const { trial, subject } = attempt
      assert.equal(readValue(await read(subject), IN_FLIGHT), 0)
      const client = await trial.http1()
      const arrived = once(trial.server, 'request')
      client.send('GET', '/download?held')
      await trial.waiter.within(arrived, 'a request')
      assert.equal(readValue(await read(subject), IN_FLIGHT), 1)
      client.destroy()
      await countsOf(attempt, 1)
      assert.equal(readValue(await read(subject), IN_FLIGHT), 0)
    },
  },
  {
    name: 'metrics: a duration lasts until the end of the download, and sizes are bytes',
    async run(attempt) {
      const { trial, subject } = attempt
      const client = await trial.http1()
      await client.fetch('POST', '/echo', { headers: TEXT, body: 'x'.repeat(1_000) })
      const sent = client.send('GET', '/download?head')
      await sent.head()
      await quiet()
      client.destroy()
      await countsOf(attempt, 2)
      const { samples } = await read(subject)
      const find = (name: string, route: string): number =>
        samples.find((sample) => sample.name === name && sample.labels.route === route)?.value ?? Number.NaN
      // `quiet()` waits for longer.
      assert.ok(find(`${DURATION}_sum`, '/download') >= 0.02)
      assert.ok(find('http_request_size_bytes_sum', '/echo') >= 1_000)
      assert.ok(find('http_response_size_bytes_sum', '/echo') >= 1_000)
    },
  },
  {
    name: 'metrics: a hook after it that answers early is counted as well',
    async run(attempt) {
      const { trial, subject } = attempt
      await trial.stop()
      const gate: HttpHook = { onStart: () => ({ status: 503, body: 'no' }) }
      await trial.serve({
        hooks: [subject.hook, gate],
        serverHooks: [subject.serverHook],
        routes: [get('/a', () => ({}))],
      })
      assert.equal((await trial.fetch('GET', '/a')).status, 503)
      const [series] = Object.keys(await countsOf(attempt, 1))
      // Whether the route is known by then is the framework's affair.
      assert.match(series ?? '', /^GET (\/a|unmatched) 503$/)
    },
  },
]

/** What holds after every case. */
async function everythingIsRight(trial: Trial, subject: MetricsSubject): Promise<void> {
  const exposition = await read(subject)
  assert.deepEqual(exposition.problems, [])
  await trial.waiter.until(() => trial.server.listening, 'the server to listen')
  assert.equal(readValue(exposition, IN_FLIGHT), 0)
  const totals = FAMILIES.map((name) =>
    exposition.samples.filter((sample) => sample.name === `${name}_count`).reduce((all, { value }) => all + value, 0),
  )
  const [durations = 0] = totals
  for (const [index, total] of totals.entries()) assert.ok(total <= durations, `${FAMILIES[index]}: ${total}`)
}

async function read(subject: MetricsSubject): Promise<Exposition> {
  return parseExposition(await subject.text())
}

function readValue({ samples }: Exposition, name: string): number | undefined {
  return samples.find((sample) => sample.name === name)?.value
}

/** Counts by series, once there are so many; and a moment later, lest there be more. */
async function countsOf({ trial, subject, limitMs }: Attempt, total: number): Promise<Record<string, number>> {
  const endsAtMs = performance.now() + limitMs
  for (;;) {
    const counts = await readCounts(subject)
    if (sum(counts) >= total || performance.now() > endsAtMs) break
    await quiet()
  }
  await quiet()
  const counts = await readCounts(subject)
  assert.equal(sum(counts), total, `${trial.transport.protocol}: ${JSON.stringify(counts, undefined, 2)}`)
  return counts
}

async function readCounts(subject: MetricsSubject): Promise<Record<string, number>> {
  const { samples } = await read(subject)
  const counts = samples
    .filter(({ name }) => name === `${DURATION}_count`)
    .map(({ labels: { method, route, status_code }, value }) => [`${method} ${route} ${status_code}`, value] as const)
  return Object.fromEntries(counts.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((all, count) => all + count, 0)
}
