import { expect, test } from 'vitest'
import { createNameParser, toRotatedPath } from './rotated-name.ts'

const STAMP = Date.UTC(2026, 10, 21, 18, 22, 8, 123)

test.each([
  ['/logs/app.log', 0, '/logs/app-2026-11-21T18-22-08.123Z.log'],
  ['/logs/app.log', 2, '/logs/app-2026-11-21T18-22-08.123Z-2.log'],
  ['/logs.d/app', 0, '/logs.d/app-2026-11-21T18-22-08.123Z'],
  ['app.log', 0, 'app-2026-11-21T18-22-08.123Z.log'],
  ['/logs/.log', 0, '/logs/.log-2026-11-21T18-22-08.123Z'],
])('toRotatedPath() of %s, number %i, is %s', (path, number, expected) => {
  expect(toRotatedPath(path, STAMP, number)).toBe(expected)
})

test.each(['', '.gz', '.gz.tmp'])('createNameParser() reads what toRotatedPath() wrote, with "%s"', (suffix) => {
  const base = toRotatedPath('a+b (c).log', STAMP, 3)
  expect(createNameParser('a+b (c).log')(base + suffix)).toEqual({ base, stampMs: STAMP, number: 3, suffix })
})

test.each([
  'app.log',
  'app.log.rotating',
  'app-2026-11-21.log',
  'app-2026-11-21T18-22-08.123Z.log.gz.old',
  'app-2026-11-21T18-22-08.123Z-01.log',
  'app-2026-11-21T18-22-08.123Z-0.log',
  'app-2026-13-21T18-22-08.123Z.log',
  'app-2026-11-21T18-22-08.123Z',
  'app-2026-11-21T18-22-08.123ZXlog',
  'app-x-2026-11-21T18-22-08.123Z.log',
  'my-app-2026-11-21T18-22-08.123Z.log',
])('createNameParser() leaves %s to others', (name) => {
  expect(createNameParser('app.log')(name)).toBeUndefined()
})
