import { createHistogram as createNodeHistogram } from 'node:perf_hooks'
import { createHistogram } from '@breakwater/core'
import { createRandom } from '@breakwater/testing/simulation'
import { build } from 'hdr-histogram-js'
import { Histogram as PromHistogram } from 'prom-client'
import { allocatesNothing, costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup, MicroSubject } from '../../src/micro/subject.ts'

const VALUES = 1_024
const MASK = VALUES - 1
const BOUNDS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const HOUR_US = 3_600_000_000

/** Seconds, as latencies are spread: from some 0.1 ms to some seconds, most near 10 ms. */
const seconds: Float64Array = toLatencies()
/** The same in microseconds, for histograms that only take integers: rounding is not counted against them. */
const micros: Float64Array = seconds.map((value) => Math.round(value * 1e6))

function toLatencies(): Float64Array {
  const random = createRandom(1)
  // The sum of twelve uniform numbers is close to a normal distribution of deviation 1.
  const normal = (): number => Array.from({ length: 12 }, random).reduce((sum, each) => sum + each, -6)
  return Float64Array.from({ length: VALUES }, () => Math.round(0.01 * Math.exp(1.5 * normal()) * 1e6) / 1e6)
}

/** What is left of one of the libraries, in a form that all of them share. */
interface Recorder {
  run(times: number): void
  count(): number | Promise<number>
}

function recorder(name: string, create: () => Recorder): MicroSubject {
  return {
    name,
    create() {
      const { run, count } = create()
      return {
        run,
        check() {
          run(VALUES)
          return count()
        },
      }
    },
  }
}

/** Others' histograms, as their own examples make them. */
function createHdr(): ReturnType<typeof build> {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: HOUR_US, numberOfSignificantValueDigits: 2 })
}
function createProm(): PromHistogram {
  return new PromHistogram({ name: 'bench_seconds', help: 'Bench.', buckets: [...BOUNDS], registers: [] })
}
function recordAll(record: (value: number) => void, values: Float64Array): void {
  for (let i = 0; i < VALUES; i++) record(values[i] as number)
}

const record: MicroGroup = {
  id: 'histogram-record',
  title: 'A value into a histogram',
  about:
    'One operation counts one of 1,024 latencies. The floor adds 1 to a field of a typed array, whose index it knows beforehand. HdrHistogram (2 digits) and Node get integers that were rounded beforehand.',
  floor: recorder('one field of a Float64Array', () => {
    const counts = new Float64Array(VALUES)
    return {
      run(times) {
        for (let i = 0; i < times; i++) {
          const index = i & MASK
          counts[index] = (counts[index] as number) + 1
        }
      },
      count: () => counts.reduce((sum, each) => sum + each, 0),
    }
  }),
  ours: [
    recorder('createHistogram', () => {
      const histogram = createHistogram()
      return {
        run(times) {
          for (let i = 0; i < times; i++) histogram.record(seconds[i & MASK] as number)
        },
        count: () => histogram.count,
      }
    }),
  ],
  peers: [
    recorder('hdr-histogram-js', () => {
      const histogram = createHdr()
      return {
        run(times) {
          for (let i = 0; i < times; i++) histogram.recordValue(micros[i & MASK] as number)
        },
        count: () => histogram.totalCount,
      }
    }),
    recorder('prom-client', () => {
      const histogram = createProm()
      return {
        run(times) {
          for (let i = 0; i < times; i++) histogram.observe(seconds[i & MASK] as number)
        },
        count: async () =>
          (await histogram.get()).values.find((each) => each.metricName?.endsWith('_count'))?.value ?? 0,
      }
    }),
    recorder('node:perf_hooks', () => {
      const histogram = createNodeHistogram()
      return {
        run(times) {
          for (let i = 0; i < times; i++) histogram.record(micros[i & MASK] as number)
        },
        count: () => histogram.count,
      }
    }),
  ],
  expected: VALUES,
  claims: [
    allocatesNothing('createHistogram', 'It counts on hot paths.'),
    isFaster('createHistogram', 1, 'hdr-histogram-js', 'Exact bounds must not cost more than the grid alone.'),
    isFaster('createHistogram', 3, 'prom-client', 'What is counted for a scrape should cost a fraction of its client.'),
  ],
}

const P99 = 0.99
const ACCURACY_RATIO = 0.05

/** Where results go, so that they are not left out. */
const last = new Float64Array(1)

function reader(name: string, create: () => (times: number) => void): MicroSubject {
  return {
    name,
    create() {
      const run = create()
      return {
        run,
        check() {
          run(1)
          return last[0]
        },
      }
    },
  }
}

const quantile: MicroGroup = {
  id: 'histogram-quantile',
  title: 'The 99th percentile of a histogram',
  about:
    'One operation reads the 99th percentile of the same 1,024 latencies. The floor looks it up in a sorted copy. Ours and HdrHistogram (2 digits) walk over their buckets; results within 5 % of the exact one count as the same.',
  floor: reader('a sorted array', () => {
    const sorted = seconds.toSorted()
    return (times) => {
      for (let i = 0; i < times; i++) last[0] = sorted[Math.ceil(P99 * sorted.length) - 1] as number
    }
  }),
  ours: [
    reader('createHistogram', () => {
      const histogram = createHistogram()
      recordAll((value) => histogram.record(value), seconds)
      return (times) => {
        for (let i = 0; i < times; i++) last[0] = histogram.quantile(P99)
      }
    }),
  ],
  peers: [
    reader('hdr-histogram-js', () => {
      const histogram = createHdr()
      recordAll((value) => histogram.recordValue(value), micros)
      return (times) => {
        for (let i = 0; i < times; i++) last[0] = histogram.getValueAtPercentile(99) / 1e6
      }
    }),
    reader('node:perf_hooks', () => {
      const histogram = createNodeHistogram()
      recordAll((value) => histogram.record(value), micros)
      return (times) => {
        for (let i = 0; i < times; i++) last[0] = histogram.percentile(99) / 1e6
      }
    }),
  ],
  expected: seconds.toSorted()[Math.ceil(P99 * VALUES) - 1],
  withinRatio: ACCURACY_RATIO,
  claims: [
    isFaster('createHistogram', 1, 'hdr-histogram-js', 'It has fewer buckets, as it promises 5 %, not 1.'),
    allocatesNothing('createHistogram', 'Controllers read it many times a second.'),
  ],
}

/** For each bound, how many of the latencies are at or below it. */
const CUMULATIVE: readonly number[] = BOUNDS.map((bound) => seconds.filter((value) => value <= bound).length)

const snapshot: MicroGroup = {
  id: 'histogram-snapshot',
  title: 'A histogram for a scrape',
  about:
    'One operation reads the counts at 13 bounds of the same 1,024 latencies. The floor copies an array of 13 numbers. That of prom-client is asynchronous, as its interface is.',
  floor: {
    name: 'a copy of 13 numbers',
    create() {
      let last: readonly number[] = []
      return {
        run(times) {
          for (let i = 0; i < times; i++) last = CUMULATIVE.slice()
        },
        check() {
          this.run(1)
          return last
        },
      }
    },
  },
  ours: [
    {
      name: 'snapshot()',
      create() {
        const histogram = createHistogram({ bounds: BOUNDS })
        recordAll((value) => histogram.record(value), seconds)
        let last = histogram.snapshot()
        return {
          run(times) {
            for (let i = 0; i < times; i++) last = histogram.snapshot()
          },
          check: () => last.counts,
        }
      },
    },
  ],
  peers: [
    {
      name: 'prom-client',
      create() {
        const histogram = createProm()
        recordAll((value) => histogram.observe(value), seconds)
        let last: Awaited<ReturnType<typeof histogram.get>> | undefined
        return {
          async run(times) {
            for (let i = 0; i < times; i++) last = await histogram.get()
          },
          async check() {
            await this.run(1)
            return last?.values.filter(({ labels }) => typeof labels.le === 'number').map(({ value }) => value)
          },
        }
      },
    },
  ],
  expected: CUMULATIVE,
  claims: [
    isFaster('snapshot()', 4, 'prom-client', 'A scrape reads thousands of them, and blocks the loop meanwhile.'),
    costsAtMost('snapshot()', 20, 'a copy of 13 numbers', 'It adds up all buckets; our choice.'),
  ],
}

/** What distributions cost. */
export const histograms: readonly MicroGroup[] = [record, quantile, snapshot]
