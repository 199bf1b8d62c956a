import { expect, test } from 'vitest'
import { LagWindow } from './lag-window.ts'

test('quantile() goes by how long each lag held', () => {
  const window = new LagWindow()
  window.record(1, 90)
  window.record(100, 10)
  expect(window.quantile(0.5)).toBeCloseTo(1, 1)
  expect(window.quantile(0.9)).toBeCloseTo(1, 1)
  expect(window.quantile(0.91)).toBeGreaterThan(95)
  expect(window.quantile(1)).toBeGreaterThan(95)
  expect(window.meanMs).toBeCloseTo(10.9, 10)
  expect(window.stddevMs).toBeCloseTo(29.7, 10)
  expect([window.minMs, window.maxMs]).toEqual([1, 100])
})

test('quantile() is off by at most 4.5 %', () => {
  for (let ms = 0.02; ms < 100_000; ms *= 1.013) {
    const window = new LagWindow()
    window.record(0, 1)
    window.record(ms, 8)
    window.record(200_000, 1)
    expect(Math.abs(window.quantile(0.5) / ms - 1)).toBeLessThan(0.045)
  }
})

test('record() takes what is beyond its range for the end of it', () => {
  const window = new LagWindow()
  window.record(1e9, 1)
  window.record(1e-9, 1)
  window.record(5, 0)
  expect([window.minMs, window.maxMs]).toEqual([1e-9, 1e9])
  expect(window.quantile(0.5)).toBe(0.01)
})

test('with() adds two up', () => {
  const [one, other] = [new LagWindow(), new LagWindow()]
  one.record(2, 1)
  other.record(4, 3)
  const both = one.with(other)
  expect([both.meanMs, both.minMs, both.maxMs]).toEqual([3.5, 2, 4])
  expect(one.meanMs).toBe(2)
})
