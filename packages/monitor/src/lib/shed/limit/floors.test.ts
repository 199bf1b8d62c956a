import { expect, test } from 'vitest'
import { clip, Floors } from './floors.ts'

function learn(floors: Floors, route: string | undefined, tookMs: number, count = 1): void {
  for (let index = 0; index < count; index++) floors.learn(route, tookMs)
}

function known(...routes: readonly (readonly [route: string | undefined, tookMs: number])[]): Floors {
  const floors = new Floors()
  for (const [route, tookMs] of routes) learn(floors, route, tookMs, 50)
  floors.settle(undefined)
  return floors
}

test('of() knows nothing before anything is settled', () => {
  const floors = new Floors()
  learn(floors, '/a', 10, 100)
  expect([floors.of('/a'), floors.meanMs]).toEqual([undefined, Number.NaN])
})

test('settle() tells routes apart, and requests without one', () => {
  const floors = known(['/a', 10], ['/b', 100], [undefined, 1])
  expect([floors.of('/a'), floors.of('/b'), floors.of(undefined), floors.of('/c')]).toEqual([10, 100, 1, 37])
  expect(floors.meanMs).toBeCloseTo(37)
})

test('settle() without anything new changes nothing', () => {
  const floors = known(['/a', 10])
  floors.settle(undefined, 1)
  expect([floors.of('/a'), floors.meanMs]).toEqual([10, 10])
})

test('settle() believes many requests more than few', () => {
  const [few, many] = [known(['/a', 10]), known(['/a', 10])]
  learn(few, '/a', 20, 3)
  learn(many, '/a', 20, 300)
  few.settle(undefined)
  many.settle(undefined)
  const [afterFew, afterMany] = [few.of('/a') as number, many.of('/a') as number]
  expect(afterFew).toBeGreaterThan(10)
  expect(afterMany).toBeGreaterThan(afterFew)
  expect(afterMany).toBeLessThan(20)
})

test('settle() counts what is new with the least share at least', () => {
  const floors = known(['/a', 10])
  learn(floors, '/a', 20)
  floors.settle(undefined, 0.7)
  expect(floors.of('/a')).toBeCloseTo(17)
  expect(floors.meanMs).toBeCloseTo(17)
})

test('settle() forgets what was known where all has changed', () => {
  const floors = known(['/a', 10], ['/b', 100])
  learn(floors, '/a', 31, 50)
  floors.settle(3)
  expect([floors.of('/a'), floors.of('/b'), floors.meanMs]).toEqual([31, 300, 31])
})

test('settle() takes the change of all for a route of which too few were seen', () => {
  const floors = known(['/a', 10], ['/b', 100])
  learn(floors, '/a', 30, 50)
  learn(floors, '/b', 1_000)
  floors.settle(3)
  const slow = floors.of('/b') as number
  expect(slow).toBeGreaterThan(300)
  expect(slow).toBeLessThan(400)
})

test('discard() forgets what was not settled', () => {
  const floors = known(['/a', 10])
  learn(floors, '/a', 1_000, 500)
  floors.discard()
  floors.settle(undefined, 1)
  expect(floors.of('/a')).toBe(10)
})

test('settle() does not count anything twice', () => {
  const floors = known(['/a', 10])
  learn(floors, '/a', 20, 50)
  floors.settle(undefined)
  const once = floors.of('/a')
  floors.settle(undefined)
  expect(floors.of('/a')).toBe(once)
})

test('scale() changes all at once', () => {
  const floors = known(['/a', 10], ['/b', 100])
  floors.scale(0.5)
  expect([floors.of('/a'), floors.of('/b'), floors.meanMs]).toEqual([5, 50, 27.5])
})

test('learn() tells no more routes apart than it can hold, whatever comes', () => {
  const floors = new Floors()
  const routes = Array.from({ length: 5_000 }, (_, index) => `/${index}`)
  for (let round = 0; round < 3; round++) {
    for (const [index, route] of routes.entries()) floors.learn(route, 10 + index)
    floors.settle(undefined)
  }
  const learned = routes.filter((route) => floors.of(route) !== floors.meanMs)
  expect(learned.length).toBeGreaterThan(100)
  expect(learned.length).toBeLessThanOrEqual(1_000)
  expect(floors.meanMs).toBeCloseTo(2_509.5, 0)
})

test('clip() bounds what one request can say, if anything is known', () => {
  expect(clip(15, 10)).toBe(15)
  expect(clip(1, 10)).toBe(1)
  expect(clip(1e9, 10)).toBeLessThan(1_000)
  expect(clip(1e9, 10)).toBeGreaterThan(20)
  expect(clip(1e9, 0)).toBe(1e9)
})
