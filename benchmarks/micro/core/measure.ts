import type { Measured, Measurement } from '@breakwater/core'
import { Counter } from 'prom-client'
import { allocatesNothing, costsAtMost, isFaster } from '../../src/claims.ts'
import type { MicroGroup } from '../../src/micro/subject.ts'

/** A feature as the packages here count: plain fields, and their names only when a scrape asks. */
class Counting implements Measured {
  readonly kind = 'bench'
  readonly name = 'bench'
  hits = 0
  misses = 0
  stale = 0

  measure(): readonly Measurement[] {
    return [
      { name: 'bench_hits_total', help: 'Hits.', kind: 'counter', value: this.hits },
      { name: 'bench_misses_total', help: 'Misses.', kind: 'counter', value: this.misses },
      { name: 'bench_stale_total', help: 'Stale hits.', kind: 'counter', value: this.stale },
    ]
  }
}

function createCounter(name: string): Counter {
  return new Counter({ name, help: 'Bench.', registers: [] })
}

const count: MicroGroup = {
  id: 'count',
  title: 'Counting a call',
  about: 'One operation counts a call. The floor adds 1 to a local variable of a closure.',
  floor: {
    name: 'a variable',
    create() {
      let calls = 0
      return {
        run(times) {
          for (let i = 0; i < times; i++) calls = (calls + 1) | 0
        },
        check() {
          this.run(10)
          return calls
        },
      }
    },
  },
  ours: [
    {
      name: 'a plain field',
      create() {
        const counting = new Counting()
        return {
          run(times) {
            for (let i = 0; i < times; i++) counting.hits++
          },
          check() {
            this.run(10)
            return counting.measure()[0]?.value
          },
        }
      },
    },
  ],
  peers: [
    {
      name: 'prom-client',
      create() {
        const counter = createCounter('bench_hits_total')
        return {
          run(times) {
            for (let i = 0; i < times; i++) counter.inc()
          },
          async check() {
            await this.run(10)
            return (await counter.get()).values[0]?.value
          },
        }
      },
    },
  ],
  expected: 10,
  claims: [
    costsAtMost('a plain field', 1.2, 'a variable', 'Nothing is cheaper, so this is what features count in.'),
    isFaster('a plain field', 4, 'prom-client', 'The reason why features count by themselves.'),
    allocatesNothing('a plain field', 'It happens on every call.'),
  ],
}

const read: MicroGroup = {
  id: 'measure',
  title: 'Reading three counters for a scrape',
  about:
    'One operation reads three counters with their names. The floor reads the three numbers into an array. That of prom-client is asynchronous, as its interface is.',
  floor: {
    name: 'three numbers',
    create() {
      const counting = new Counting()
      let last: readonly number[] = []
      return {
        run(times) {
          for (let i = 0; i < times; i++) last = [counting.hits, counting.misses, counting.stale]
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
      name: 'measure()',
      create() {
        const counting = new Counting()
        let last: readonly Measurement[] = []
        return {
          run(times) {
            for (let i = 0; i < times; i++) last = counting.measure()
          },
          check() {
            this.run(1)
            return last.map(({ value }) => value)
          },
        }
      },
    },
  ],
  peers: [
    {
      name: 'prom-client',
      create() {
        const counters = ['bench_hits_total', 'bench_misses_total', 'bench_stale_total'].map(createCounter)
        let last: readonly Awaited<ReturnType<Counter['get']>>[] = []
        return {
          async run(times) {
            for (let i = 0; i < times; i++) last = await Promise.all(counters.map((counter) => counter.get()))
          },
          async check() {
            await this.run(1)
            return last.map(({ values }) => values[0]?.value)
          },
        }
      },
    },
  ],
  expected: [0, 0, 0],
  claims: [
    isFaster('measure()', 4, 'prom-client', 'A scrape reads thousands of them, and blocks the loop meanwhile.'),
    costsAtMost('measure()', 12, 'three numbers', 'Three objects of five fields instead of one of three; our choice.'),
  ],
}

/** What counting costs, and reading what was counted. */
export const measures: readonly MicroGroup[] = [count, read]
