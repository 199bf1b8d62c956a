import { describe, expect, test } from 'vitest'
import type { Counts } from '../client/ledger.ts'
import { sampleReport } from './sample-report.ts'
import { problemsOf, toRows, voidReasons } from './verdict.ts'

describe('problemsOf()', () => {
  test('finds nothing wrong with a run that lost nothing', () => {
    expect(problemsOf(sampleReport())).toEqual([])
  })

  test('does not mind requests that were refused when that was to be', () => {
    expect(problemsOf(sampleReport({ counts: { refused: 64 } }))).toEqual([])
  })

  test.each<[keyof Counts, string]>([
    ['lost', 'lost 3 of 100 requests: 3 reset'],
    ['turnedAway', 'turned 3 of 100 requests away: 3 reset'],
    ['failed5xx', 'answered 3 requests with a status of 500 or more'],
    ['refusedEarly', 'refused 3 requests while it was to go on: 3 reset'],
    ['open', 'left 3 requests of which nothing is known'],
  ])('says what is %s', (name, problem) => {
    expect(problemsOf(sampleReport({ counts: { [name]: 3 }, reasons: { reset: 3 } }))).toEqual([problem])
  })

  test('says that it did not end', () => {
    expect(problemsOf(sampleReport({ exit: { isKilled: true, ms: 3_000.4 } }))).toEqual(['did not end within 3000 ms'])
  })

  test('says only why a run says nothing, if so', () => {
    expect(problemsOf(sampleReport({ counts: { lost: 1 }, unusable: 'it did not start' }))).toEqual([
      'says nothing: it did not start',
    ])
  })
})

describe('voidReasons()', () => {
  test('runs in which Node alone lost something count', () => {
    expect(voidReasons([sampleReport(), sampleReport({ subject: 'bare', counts: { lost: 1 } })])).toEqual([])
  })

  test('one loss in several runs is enough, and so is one that was turned away', () => {
    const bare = sampleReport({ subject: 'bare' })
    expect(voidReasons([bare, sampleReport({ subject: 'bare', counts: { turnedAway: 1 } })])).toEqual([])
  })

  test('runs in which Node alone lost nothing are void', () => {
    expect(
      voidReasons([
        sampleReport({ counts: { lost: 5 } }),
        sampleReport({ subject: 'bare' }),
        sampleReport({ subject: 'bare' }),
      ]),
    ).toEqual(['"keep-alive" is void, as Node alone lost none of 200'])
  })

  test('runs without Node alone are void', () => {
    expect(voidReasons([sampleReport()])).toEqual(['"keep-alive" is void, as Node alone was not run'])
  })

  test('runs of Node alone that say nothing are as good as none', () => {
    const bare = sampleReport({ subject: 'bare', counts: { lost: 5 }, unusable: 'it did not start' })
    expect(voidReasons([bare])).toEqual([
      '"keep-alive" is void, as no run of Node alone says anything: it did not start',
    ])
  })

  test('each scenario is on its own', () => {
    const bare = sampleReport({ subject: 'bare', counts: { lost: 1 } })
    expect(voidReasons([bare, sampleReport({ subject: 'bare', scenario: 'backlog' })])).toEqual([
      '"backlog" is void, as Node alone lost none of 100',
    ])
  })

  test('scenarios in which nothing need be lost always count', () => {
    expect(voidReasons([sampleReport({ scenario: 'start-ready' })])).toEqual([])
  })
})

describe('toRows()', () => {
  test('sums the runs of a subject in a scenario', () => {
    const runs = [
      sampleReport({ counts: { lost: 1 }, exit: { ms: 30 } }),
      sampleReport({ counts: { lost: 5 }, exit: { ms: 10 } }),
      sampleReport({ exit: { ms: 20, code: 1 } }),
    ]
    expect(toRows(runs)).toEqual([
      {
        subject: 'some',
        scenario: 'keep-alive',
        roundTripMs: 0,
        runs: 3,
        sent: 300,
        lost: 6,
        lostAtMost: 5,
        turnedAway: 0,
        failed5xx: 0,
        refusedEarly: 0,
        exits: '0 (2), 1 (1)',
        ms: 20,
      },
    ])
  })

  test('keeps subjects, scenarios and round trips apart', () => {
    const runs = [
      sampleReport(),
      sampleReport({ subject: 'bare' }),
      sampleReport({ scenario: 'tls' }),
      sampleReport({ roundTripMs: 20 }),
    ]
    expect(toRows(runs).map(({ subject, scenario, roundTripMs }) => `${subject} ${scenario} ${roundTripMs}`)).toEqual([
      'some keep-alive 0',
      'bare keep-alive 0',
      'some tls 0',
      'some keep-alive 20',
    ])
  })

  test('names a process that was killed, and one that ended by a signal', () => {
    const runs = [
      sampleReport({ exit: { isKilled: true, code: null, signal: 'SIGKILL' } }),
      sampleReport({ exit: { code: null, signal: 'SIGTERM' } }),
    ]
    expect(toRows(runs)[0]?.exits).toBe('killed (1), SIGTERM (1)')
  })

  test('leaves out what says nothing', () => {
    expect(toRows([sampleReport({ unusable: 'it did not start' })])).toEqual([])
  })
})
