import { type Clock, type HttpExchange, systemClock } from '@breakwater/core'
import { createMetrics } from '@breakwater/metrics'
import { parseExposition } from '@breakwater/testing/exposition'
import { createRandom } from '@breakwater/testing/simulation'
import { Histogram as NextHistogram, Registry as NextRegistry } from '@prometheus-io/client'
import { Histogram, Registry } from 'prom-client'
import { type FigureGroup, type FigureSubject, isAtMost, isAtMostTimes } from '../../src/figures/group.ts'
import { allocatedBytes } from '../../src/micro/allocation.ts'
import type { Workload } from '../../src/micro/subject.ts'
import { toSpread } from '../../src/statistics.ts'

const NS = 'ns'
const BYTES = 'bytes'
const ROUNDS = 20
const REQUESTS = 100_000
const NS_PER_US = 1_000

/** Kinds of requests. */
const KINDS = 64
const BOUNDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const NAME = 'http_request_duration_seconds'
const LABELS = ['method', 'route', 'status_code'] as const

interface Kind {
  readonly method: string
  readonly route: string
  readonly status_code: string
}

const kinds: readonly Kind[] = Array.from({ length: KINDS }, (_, index) => ({
  method: ['GET', 'POST', 'PUT', 'DELETE'][index & 3] as string,
  route: `/api/v1/things-${index >> 3}/:id`,
  status_code: index & 4 ? '404' : '200',
}))
const random = createRandom(1)
/** Seconds, from some 0.1 ms to some seconds. */
const seconds: Float64Array = Float64Array.from({ length: KINDS }, () => 0.0001 * 10 ** (random() * 4))

/** The next one is always another, and never the one that was to be expected. */
const order: Uint8Array = Uint8Array.from({ length: 4_096 }, () => Math.floor(random() * KINDS))
const kindOf = (index: number): number => order[index & (order.length - 1)] as number

/** Time stands still: what reading a clock costs is the system's affair. */
const clock: Clock = { ...systemClock, now: () => 1_000, coarse: () => 1_000 }

/** What is measured, and how many it has counted. */
interface Recorder {
  run(times: number): void
  text(): Promise<string>
}

function subject(name: string, create: () => Recorder): FigureSubject {
  return {
    name,
    async measure(scale) {
      const recorder = create()
      const times = Math.ceil(REQUESTS * scale)
      const rounds: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        globalThis.gc?.({ type: 'minor' })
        const start = process.cpuUsage()
        recorder.run(times)
        const { user, system } = process.cpuUsage(start)
        rounds.push(((user + system) * NS_PER_US) / times)
      }
      await assertCounted(name, recorder, times * ROUNDS)
      const workload: Workload = { run: (more) => recorder.run(more), check: () => undefined }
      return { [NS]: toSpread(rounds).median, [BYTES]: await allocatedBytes(workload) }
    },
  }
}

async function assertCounted(name: string, { text }: Recorder, expected: number): Promise<void> {
  const counts = parseExposition(await text()).samples.filter((sample) => sample.name === `${NAME}_count`)
  const counted = counts.reduce((sum, { value }) => sum + value, 0)
  if (counted !== expected) throw new Error(`Cannot measure "${name}" as it counted ${counted} and not ${expected}`)
}

/** Request after request is begun, sends its head and ends. */
function throughHook(): Recorder {
  const metrics = createMetrics({ process: false, durationBounds: BOUNDS, clock })
  const { hook } = metrics
  const exchanges = kinds.map(({ method, route, status_code }, index): HttpExchange => {
    return {
      method,
      path: route,
      route,
      status: Number(status_code),
      outcome: 'finished',
      startedAtMs: 1_000 - (seconds[index] as number) * 1_000,
      slots: [undefined],
      header: () => undefined,
      setHeader: () => {},
    }
  })
  return {
    run(times) {
      for (let i = 0; i < times; i++) {
        const exchange = exchanges[kindOf(i)] as HttpExchange
        exchange.slots[0] = undefined
        hook.onStart?.(exchange, 0)
        hook.onHead?.(exchange, 0)
        hook.onEnd?.(exchange, 0)
      }
    },
    text: () => metrics.text(),
  }
}

function ownHistogram(isKept: boolean): Recorder {
  const metrics = createMetrics({ process: false, clock })
  const options = { name: 'own_duration_seconds', help: 'Durations.', labels: LABELS, bounds: BOUNDS }
  const histogram = metrics.histogram(options)
  const series = kinds.map((labels) => histogram.with({ ...labels }))
  return {
    run(times) {
      for (let i = 0; i < times; i++) {
        const index = kindOf(i)
        const one = isKept ? series[index] : histogram.with(kinds[index] as Kind)
        one?.record(seconds[index] as number)
      }
    },
    text: async () => (await metrics.text()).replaceAll('own_duration_seconds', NAME),
  }
}

type AnyHistogram = Pick<Histogram<keyof Kind>, 'observe' | 'labels'>

function theirs(isKept: boolean, histogram: AnyHistogram, text: () => Promise<string>): Recorder {
  const series = kinds.map((labels) => histogram.labels(labels))
  return {
    run(times) {
      for (let i = 0; i < times; i++) {
        const index = kindOf(i)
        const value = seconds[index] as number
        if (isKept) series[index]?.observe(value)
        else histogram.observe(kinds[index] as Kind, value)
      }
    },
    text,
  }
}

function promClient(isKept: boolean): Recorder {
  const registry = new Registry()
  const options = { name: NAME, help: 'Durations.', labelNames: LABELS, buckets: [...BOUNDS], registers: [registry] }
  return theirs(isKept, new Histogram(options), () => registry.metrics())
}

function nextClient(isKept: boolean): Recorder {
  const registry = new NextRegistry()
  const options = { name: NAME, help: 'Durations.', labelNames: LABELS, buckets: [...BOUNDS], registers: [registry] }
  return theirs(isKept, new NextHistogram(options) as AnyHistogram, () => registry.metrics())
}

const OURS = 'createMetrics, a request'
const KEPT = 'a histogram of ours, series kept'
const BY_LABELS = 'prom-client, by labels'

const BECAUSE = 'A bare request takes a thousand times as long.'

/** What counting one request costs. */
export const record: FigureGroup = {
  id: 'record',
  title: 'A request into its histogram',
  about: `CPU time and heap of one of ${KINDS} kinds of requests in random order, by method, route and status, in a histogram of ${BOUNDS.length} buckets. A request is begun, sends its head and ends: what is in flight and the views of slow routes are kept as well. Its clock stands still, as reading one is not the question. The others record a value: in a series that was asked for beforehand, or by its labels.`,
  figures: [NS, BYTES],
  ours: [
    subject(OURS, throughHook),
    subject(KEPT, () => ownHistogram(true)),
    subject('a histogram of ours, by labels', () => ownHistogram(false)),
  ],
  peers: [
    subject('prom-client, series kept', () => promClient(true)),
    subject(BY_LABELS, () => promClient(false)),
    subject('@prometheus-io/client, series kept', () => nextClient(true)),
    subject('@prometheus-io/client, by labels', () => nextClient(false)),
  ],
  claims: [
    isAtMost(KEPT, NS, 30, BECAUSE),
    isAtMostTimes(
      KEPT,
      NS,
      30 / 810,
      BY_LABELS,
      'The goal of 30 ns was set on a machine on which that takes 810 ns: so it holds on slower ones, too.',
    ),
    isAtMost(KEPT, BYTES, 1, 'It counts on hot paths.'),
    isAtMost(
      OURS,
      NS,
      150,
      'All of it, from the first call to the last: a bare request takes two hundred times as long.',
    ),
    isAtMost(OURS, BYTES, 1, 'Nothing is left for the garbage collector.'),
  ],
}
