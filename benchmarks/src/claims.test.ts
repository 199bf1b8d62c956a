import { expect, test } from 'vitest'
import { addsLess, allocatesNothing, costsAtMost, isFaster, judge, toTimes } from './claims.ts'

const rounds = [
  { floor: 10, ours: 15, peer: 120 },
  { floor: 10, ours: 15, peer: 120 },
]

test.each([
  [1.5, 'met'],
  [1.49, 'missed'],
])('judge() holds a cost of 1.5x against %s', (atMost, verdict) => {
  const judged = judge(costsAtMost('ours', atMost, 'floor', 'Why.'), rounds, {}, false)
  expect(judged).toMatchObject({ verdict, measured: '1.50x', because: 'Why.' })
})

test.each([
  [8, 'met'],
  [8.1, 'missed'],
])('judge() holds being 8x faster against %s', (times, verdict) => {
  const judged = judge(isFaster('ours', times, 'peer', 'Why.'), rounds, {}, false)
  expect(judged).toMatchObject({ verdict, measured: '8.00x faster' })
})

test.each([
  [22, 'met'],
  [22.1, 'missed'],
])('judge() holds adding %sx less against %s', (times, verdict) => {
  const judged = judge(addsLess('ours', times, 'peer', 'floor', 'Why.'), rounds, {}, false)
  expect(judged).toMatchObject({ verdict, measured: '22.0x less' })
})

test.each([
  [0.2, 'met'],
  [16, 'missed'],
])('judge() holds %s bytes against none', (ours, verdict) => {
  expect(judge(allocatesNothing('ours', 'Why.'), rounds, { ours }, false).verdict).toBe(verdict)
})

test('judge() says nothing about time in a void run, but does about bytes', () => {
  expect(judge(costsAtMost('ours', 100, 'floor', ''), rounds, {}, true).verdict).toBe('void')
  expect(judge(isFaster('ours', 1, 'peer', ''), rounds, {}, true).verdict).toBe('void')
  expect(judge(allocatesNothing('ours', ''), rounds, { ours: 0 }, true).verdict).toBe('met')
})

test('judge() refuses to call bytes none that were not measured', () => {
  expect(() => judge(allocatesNothing('ours', ''), rounds, {}, false)).toThrow('"ours"')
})

test('toTimes() shows as many digits as matter', () => {
  expect([0.0123, 0.5, 1.234, 12.34, 123.4].map(toTimes)).toEqual(['0.012x', '0.50x', '1.23x', '12.3x', '123x'])
})
