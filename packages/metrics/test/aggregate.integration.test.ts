import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { MessageChannel, Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { createThreadAggregate } from '../src/lib/aggregate/workers.ts'
import { sourceOf } from './aggregate-source.ts'

/** The lines of a scrape that end in a value, by their beginning. */
function valuesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('{')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

test('the primary of a cluster answers for all workers, and for those that are dead or silent', async () => {
  const path = new URL('aggregate-cluster.ts', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 15_000 })
  const scrapes = stdout
    .trim()
    .split('\n')
    .map((line): { text: string; failures: string[] } => JSON.parse(line))

  expect(scrapes[0]?.text).toContain('done_total{route="/\\"x\\"",app="a"} 7\n')
  expect(scrapes[0]?.text).toContain('took_seconds_bucket{route="/\\"x\\"",app="a",le="0.5"} 7\n')
  const [all, oneDead, oneSilent, allGone] = scrapes.map(({ text }) => valuesOf(text))
  expect(all).toMatchObject({ done_total: 7, doing: 7, lag_seconds: 4, took_seconds_sum: 21, took_seconds_count: 14 })
  // What never falls stays: a sum that falls would look like a restart.
  expect(oneDead).toMatchObject({ done_total: 7, doing: 6, lag_seconds: 4, took_seconds_count: 14 })
  expect(oneSilent).toMatchObject({ done_total: 7, doing: 4, lag_seconds: 4, took_seconds_count: 14 })
  expect(scrapes[2]?.failures).toEqual([
    'worker 2: Cannot collect "worker 2" as it took over 2000 ms: its lines are left out',
  ])
  // Its last words count.
  expect(allGone).toMatchObject({ done_total: 103, took_seconds_count: 206 })
  expect(allGone).not.toHaveProperty('doing')
})

test('a thread answers for others, over their own ports or others, and for those that end or block', async () => {
  const failures: string[] = []
  const onFailure = (name: string): void => void failures.push(name)
  await using aggregate = createThreadAggregate({ own: sourceOf(() => 1), onFailure })
  const { port1, port2 } = new MessageChannel()
  const file = new URL('aggregate-thread.ts', import.meta.url)
  const first = new Worker(file, { workerData: { value: 2 } })
  const second = new Worker(file, { workerData: { value: 4, port: port2 }, transferList: [port2] })
  await Promise.all([once(first, 'message'), once(second, 'message')])
  aggregate.add(first)
  aggregate.add(port1)
  const scrape = async (): Promise<Record<string, number>> => valuesOf(await aggregate.text())

  expect(await scrape()).toMatchObject({ done_total: 7, doing: 7, lag_seconds: 4, took_seconds_count: 14 })
  first.postMessage('end')
  await once(first, 'exit')
  expect(await scrape()).toMatchObject({ done_total: 7, doing: 5, took_seconds_count: 14 })
  second.postMessage('block')
  expect(await scrape()).toMatchObject({ done_total: 7, doing: 1, took_seconds_count: 14 })
  expect(failures).toEqual(['thread 2'])
  await Promise.all([second.terminate(), once(port1, 'close')])
  expect(await scrape()).toMatchObject({ done_total: 7, doing: 1 })
})
