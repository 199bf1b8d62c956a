import { expect, test } from 'vitest'
import { floorMs } from './floor.ts'
import type { RunReport } from './report.ts'

test.each<[string, Partial<RunReport>, number, number]>([
  ['the last answer', { lastAnswerMs: 730 }, 500, 730],
  ['the time to linger', { lastAnswerMs: 40 }, 500, 500],
  ['the time that it goes on as before', { scenario: 'lag', lastAnswerMs: 40 }, 500, 700],
  ['the last answer, also after it went on as before', { scenario: 'lag', lastAnswerMs: 720 }, 500, 720],
  ['nothing where nothing was answered', { lastAnswerMs: undefined }, 0, 0],
])('floorMs() is %s', (_what, report, lingerMs, expected) => {
  expect(floorMs({ scenario: 'keep-alive', ...report } as RunReport, lingerMs)).toBe(expected)
})
