import { expect, test } from 'vitest'
import { type SimulatedHeap, watchHeap } from '../../../test/support/heaps.ts'
import { LeakDetector } from './leak-detector.ts'
import { resolveLeakOptions } from './options.ts'

const MB = 1e6
const SEEDS = [1, 2, 3]

/** A process of 200 MB in use and 4 GB at most, collected every 15 s, whose collections leave up to 20 MB more or less. */
function heap(bytes: (hours: number) => number, over: Partial<SimulatedHeap> = {}): SimulatedHeap {
  return { bytes, noiseBytes: 20 * MB, everyMs: 15_000, hours: 4, limitBytes: 4_000 * MB, seed: 1, ...over }
}

test.for([
  ['1 GB an hour within 25 minutes', 1_000, 15_000, 25],
  ['200 MB an hour within half an hour', 200, 15_000, 30],
  ['100 MB an hour within an hour', 100, 15_000, 60],
  ['100 MB an hour with a collection every five minutes', 100, 300_000, 120],
] as const)('add() finds a leak of %s', ([_, mbPerHour, everyMs, minutes]) => {
  for (const seed of SEEDS) {
    const found = watchHeap(heap((hours) => (200 + hours * mbPerHour) * MB, { everyMs, seed }))
    expect(found.told).toEqual(['leak:suspected'])
    expect(found.foundAfterMinutes).toBeLessThan(minutes)
  }
})

test.for([
  ['what stays the same', () => 200 * MB, {}],
  ['what stays the same with much noise', () => 200 * MB, { noiseBytes: 150 * MB }],
  ['what shrinks', (hours: number) => (900 - hours * 100) * MB, {}],
  ['what is loaded in the first minutes', (hours: number) => (200 + 500 * Math.min(1, hours * 12)) * MB, {}],
  ['a cache that is full after twelve minutes', (hours: number) => (200 + 300 * Math.min(1, hours * 5)) * MB, {}],
  ['a cache that fills ever more slowly', (hours: number) => (200 + 300 * (1 - Math.exp(-hours * 8))) * MB, {}],
  ['a sawtooth of ten minutes', (hours: number) => (200 + 100 * ((hours * 6) % 1)) * MB, {}],
  ['waves of twenty minutes', (hours: number) => (300 + 100 * Math.sin(hours * 3 * 2 * Math.PI)) * MB, {}],
  ['a growth that would take a year', (hours: number) => (200 + hours * 0.4) * MB, { noiseBytes: 0.1 * MB }],
] as const)('add() does not take %s for a leak', ([_, bytes, over]) => {
  for (const seed of SEEDS) expect(watchHeap(heap(bytes, { seed, ...over })).told).toEqual([])
})

test('add() tells of a large cache that fills steadily, and that it is over when it is full', () => {
  const { told, detector } = watchHeap(heap((hours) => (200 + 300 * Math.min(1, hours)) * MB))
  expect(told).toEqual(['leak:suspected', 'leak:gone'])
  expect(detector.report().isSuspected).toBe(false)
})

test('add() tells once of what is emptied each hour', () => {
  const { told } = watchHeap(heap((hours) => (200 + 100 * (hours % 1)) * MB, { hours: 8 }))
  expect(told).toEqual(['leak:suspected', 'leak:gone'])
})

test('add() tells again of what grows above where it went', () => {
  const bytes = (hours: number): number => (hours < 1.5 ? 200 + hours * 200 : 200 + (hours - 1.5) * 300) * MB
  const { told } = watchHeap(heap(bytes, { hours: 6 }))
  expect(told).toEqual(['leak:suspected', 'leak:gone', 'leak:suspected'])
})

test('add() tells how fast, and how long it will last', () => {
  const { events, detector } = watchHeap(heap((hours) => (200 + hours * 500) * MB))
  const [leak] = events
  if (leak?.type !== 'leak:suspected') throw new Error('none')
  expect(leak.bytesPerHour / (500 * MB)).toBeCloseTo(1, 0)
  expect(leak.hoursLeft).toBeCloseTo((4_000 * MB - leak.retainedBytes) / leak.bytesPerHour, 0)
  expect(leak.seenForMs).toBeGreaterThanOrEqual(600_000)
  const report = detector.report()
  expect(report.isSuspected).toBe(true)
  expect((report.bytesPerHour ?? 0) / (500 * MB)).toBeCloseTo(1, 1)
})

test('add() does not count the time in which a process warms up', () => {
  const bytes = (hours: number): number => (200 + hours * 1_000) * MB
  expect(watchHeap(heap(bytes, { hours: 0.9, options: { warmUpMs: 3_600_000 } })).told).toEqual([])
  const late = watchHeap(heap(bytes, { options: { warmUpMs: 3_600_000 } }))
  expect(late.foundAfterMinutes).toBeGreaterThan(70)
})

test('add() tells only of what fills the memory within the horizon', () => {
  const bytes = (hours: number): number => (200 + hours * 100) * MB // 38 hours
  expect(watchHeap(heap(bytes, { options: { horizonMs: 3_600_000 * 20 } })).told).toEqual([])
  expect(watchHeap(heap(bytes, { options: { horizonMs: 3_600_000 * 60 } })).told).toEqual(['leak:suspected'])
})

test('report() knows nothing at first', () => {
  const { detector } = watchHeap(heap(() => 200 * MB, { hours: 0 }))
  expect(detector.report()).toEqual({
    isSuspected: false,
    bytesPerHour: undefined,
    hoursLeft: undefined,
    retainedBytes: undefined,
  })
})

test('add() takes the least of each minute', () => {
  const detector = new LeakDetector(resolveLeakOptions({ warmUpMs: 0 }), 0, () => {})
  for (let second = 0; second <= 3_600; second += 15) {
    const garbage = second % 60 === 30 ? 0 : ((second * 7_919) % 97) * MB
    detector.add(second * 1_000, 200 * MB + Math.floor(second / 60) * MB + garbage, 4_000 * MB)
  }
  expect((detector.report().bytesPerHour ?? 0) / MB).toBeCloseTo(60, 6)
})

test('add() keeps a suspicion for less than it takes to have one', () => {
  for (const seed of SEEDS) {
    const slow = heap((hours) => (200 + hours * 40) * MB, { everyMs: 60_000, noiseBytes: 60 * MB, hours: 12, seed })
    expect(watchHeap(slow).told).toEqual(['leak:suspected'])
  }
})

test('add() does not project far what it saw for a short time', () => {
  const { foundAfterMinutes } = watchHeap(heap((hours) => (200 + hours * 50) * MB, { noiseBytes: 0.1 * MB }))
  expect(foundAfterMinutes).toBeGreaterThan(60) // the memory is full in three days
})

test('add() forgets what was longer ago than two hours', () => {
  const { told } = watchHeap(heap((hours) => (200 + Math.min(hours, 6) * 100) * MB, { everyMs: 60_000, hours: 8 }))
  expect(told).toEqual(['leak:suspected', 'leak:gone'])
})
