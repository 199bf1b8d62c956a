import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'

export async function smoke({ '@breakwater/metrics': metrics }) {
  await counts(metrics)
  await watches(metrics)
  await tells(metrics)
  namesWhatIsWrong(metrics)
}

/** An exchange as an adapter makes it. */
function exchange(more) {
  return { method: 'GET', path: '/', route: '/tasks/:id', status: 200, startedAtMs: 0, slots: [], header() {}, ...more }
}

async function counts({ createMetrics }) {
  const metrics = createMetrics({ name: 'smoke', labels: { service: 'smoke' }, process: true })
  for (const outcome of ['finished', 'aborted']) {
    const one = exchange({ outcome, startedAtMs: performance.now() })
    metrics.hook.onStart(one, 0)
    metrics.hook.onHead(one, 0)
    metrics.hook.onEnd(one, 0)
  }
  const jobs = metrics.counter({ name: 'jobs_total', help: 'Jobs.', labels: ['queue'] })
  jobs.with({ queue: 'a "quoted" one' }).add(2)
  const text = await metrics.text()
  for (const status of [200, 499])
    assert.match(
      text,
      new RegExp(`_count\\{method="GET",route="/tasks/:id",status_code="${status}",service="smoke"\\} 1\n`),
    )
  assert.ok(text.includes('jobs_total{queue="a \\"quoted\\" one",service="smoke"} 2\n'))
  assert.match(text, /process_cpu_seconds_total\{service="smoke"\} \d/)
  const { status, headers, body } = await metrics.endpoint(exchange())
  assert.equal(status, 200)
  assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  let served = ''
  for await (const piece of body) served += piece
  assert.ok(served.includes('jobs_total'))
  metrics.observe('query', 'SELECT 1', 5)
  assert.equal(metrics.bottlenecks({ kind: 'query' }).kinds[0].top[0].calls, 1)
  await metrics.close()
}

async function watches({ createMetrics }) {
  const metrics = createMetrics({ process: false })
  const hits = { name: 'cache_hits_total', help: 'Hits.', kind: 'counter', value: 3 }
  const stop = metrics.watch({ kind: 'cache', name: 'tasks', measure: () => [hits] })
  assert.ok((await metrics.text()).includes('cache_hits_total{cache="tasks"} 3\n'))
  stop()
  assert.ok(!(await metrics.text()).includes('cache_hits_total'))
  await metrics.close()
}

async function tells({ createMetrics, METRICS_CHANNEL }) {
  const name = `smoke ${Math.random()}`
  const heard = []
  subscribe(METRICS_CHANNEL, ({ source, event }) => source === name && heard.push(event.type))
  const metrics = createMetrics({ name, process: false })
  metrics.watch({
    kind: 'cache',
    name: 'bad',
    measure() {
      throw new Error('broken')
    },
  })
  await metrics.text()
  assert.deepEqual(heard, ['collect:failed'])
  await metrics.close()
}

function namesWhatIsWrong({ createMetrics }) {
  assert.throws(() => createMetrics({ durationBounds: [1, 1] }), /durationBounds\[1\]/)
  assert.throws(() => createMetrics({ process: false }).counter({ name: 'jobs', help: 'x' }), /_total/)
}
