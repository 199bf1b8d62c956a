import { expect, test } from 'vitest'
import { resolveScaleOptions, type ScaleOptions } from './options.ts'
import { Scaler } from './scaler.ts'

interface Subject {
  /** Goes on for so many seconds with a load, and tells what is wanted then. */
  run(seconds: number, load: number, replicas?: number): number
  readonly scaler: Scaler
}

function create(options: ScaleOptions = {}): Subject {
  const scaler = new Scaler(resolveScaleOptions(options))
  let ms = 5_000
  return {
    scaler,
    run(seconds, load, replicas = 1) {
      for (let second = 0; second < seconds; second++) {
        ms += 1_000
        scaler.add(ms, load, replicas)
      }
      return scaler.report().wantedReplicas
    },
  }
}

test('report() wants what a Kubernetes autoscaler would', () => {
  expect(create().run(600, 1.4, 3)).toBe(6)
  expect(create().run(600, 1.5, 3)).toBe(7) // 6.4
  expect(create().run(600, 0.35, 4)).toBe(2)
  expect(create({ targetRatio: 0.5 }).run(600, 1, 4)).toBe(8)
})

test('report() leaves it as it is near the target', () => {
  expect(create().run(600, 0.76, 5)).toBe(5)
  expect(create().run(600, 0.64, 5)).toBe(5)
  expect(create().run(600, 0.8, 5)).toBe(6)
  expect(create().run(600, 0.55, 5)).toBe(4)
})

test('report() rises within a minute, and not at once', () => {
  const { run } = create()
  run(600, 0.7, 10)
  expect(run(1, 2.1, 10)).toBe(10)
  expect(run(29, 2.1, 10)).toBeGreaterThan(20)
  expect(run(150, 2.1, 10)).toBe(30)
})

test('report() hardly sees a burst of a second', () => {
  const { run } = create()
  run(600, 0.7, 10)
  expect(run(1, 2, 10)).toBe(10)
  expect(run(60, 0.7, 10)).toBe(10)
})

test('report() falls when the load was low for five minutes', () => {
  const { run } = create()
  run(600, 1.4, 2)
  expect(run(290, 0.1, 2)).toBe(4)
  expect(run(150, 0.1, 2)).toBe(1)
})

test('report() wants the least before it knows anything', () => {
  const { scaler } = create({ minReplicas: 3 })
  expect(scaler.report()).toEqual({ wantedReplicas: 3, replicas: 1, loadRatio: 0 })
})

test('report() stays within its bounds', () => {
  const bounds = { minReplicas: 2, maxReplicas: 5 }
  expect(create(bounds).run(600, 9, 5)).toBe(5)
  expect(create(bounds).run(600, 0, 5)).toBe(2)
})

test('add() keeps the number of processes where nobody knows it', () => {
  const { scaler, run } = create()
  run(600, 1.4, 3)
  scaler.add(606_000, 1.4, undefined)
  expect(scaler.report()).toMatchObject({ replicas: 3, wantedReplicas: 6 })
})

test('add() keeps no more than five minutes', () => {
  const { run } = create()
  run(10_000, 1.4, 2)
  expect(run(2_000, 0.7, 2)).toBe(2)
})

test('resolveScaleOptions() checks each number that it is told', () => {
  let count = 4
  const { replicas } = resolveScaleOptions({ replicas: () => count })
  expect(replicas()).toBe(4)
  count = 0.5
  expect(replicas).toThrow('Expected `scale.replicas` to be a positive integer, got 0.5')
})

test.for([
  [{ targetRatio: 0 }, '`scale.targetRatio` to be a number over 0, got 0'],
  [{ targetRatio: 1.1 }, '`scale.targetRatio` to be at most 1, got 1.1'],
  [{ replicas: 0 }, '`scale.replicas` to be a positive integer, got 0'],
  [{ minReplicas: 0 }, '`scale.minReplicas` to be a positive integer, got 0'],
  [{ minReplicas: 5, maxReplicas: 4 }, '`scale.maxReplicas` to be at least `minReplicas`, got 4'],
] as const)('resolveScaleOptions() refuses %j', ([options, message]) => {
  expect(() => resolveScaleOptions(options)).toThrow(`Expected ${message}`)
})
