import { describe, expect, test } from 'vitest'
import type { Counts } from '../client/ledger.ts'
import type { RunReport } from './report.ts'
import { problemsOf, toRows, voidReasons } from './verdict.ts'

describe('problemsOf()', () => {
  test('finds nothing wrong with a run that lost nothing', () => {
    expect(problemsOf(report())).toEqual([])
  })

  test('does not mind requests that were refused when that was to be', () => {
    expect(problemsOf(report({ counts: { refused: 64 } }))).toEqual([])
  })

  test.each<[keyof Counts, string]>([
    ['lost', 'lost 3 of 100 requests: 3 reset'],
    ['turnedAway', 'turned 3 of 100 requests away: 3 reset'],
    ['failed5xx', 'answered 3 requests with a status of 500 or more'],
    ['refusedEarly', 'refused 3 requests while it was to go on: 3 reset'],
    ['open', 'left 3 requests of which nothing is known'],
  ])('says what is %s', (name, problem) => {
    expect(problemsOf(report({ counts: { [name]: 3 }, reasons: { reset: 3 } }))).toEqual([problem])
  })

  test('says that it did not end', () => {
    expect(problemsOf(report({ exit: { isKilled: true, ms: 3_000.4 } }))).toEqual(['did not end within 3000 ms'])
  })

  test('says only why a run says nothing, if so', () => {
    expect(problemsOf(report({ counts: { lost: 1 }, unusable: 'it did not start' }))).toEqual([
      'says nothing: it did not start',
    ])
  })
})

describe('voidReasons()', () => {
  test('runs in which Node alone lost something count', () => {
    expect(voidReasons([report(), report({ subject: 'bare', counts: { lost: 1 } })])).toEqual([])
  })

  test('one loss in several runs is enough, and so is one that was turned away', () => {
    const bare = report({ subject: 'bare' })
    expect(voidReasons([bare, report({ subject: 'bare', counts: { turnedAway: 1 } })])).toEqual([])
  })

  test('runs in which Node alone lost nothing are void', () => {
    expect(
      voidReasons([report({ counts: { lost: 5 } }), report({ subject: 'bare' }), report({ subject: 'bare' })]),
    ).toEqual(['"keep-alive" is void, as Node alone lost none of 200'])
  })

  test('runs without Node alone are void', () => {
    expect(voidReasons([report()])).toEqual(['"keep-alive" is void, as Node alone was not run'])
  })

  test('runs of Node alone that say nothing are as good as none', () => {
    const bare = report({ subject: 'bare', counts: { lost: 5 }, unusable: 'it did not start' })
    expect(voidReasons([bare])).toEqual([
      '"keep-alive" is void, as no run of Node alone says anything: it did not start',
    ])
  })

  test('each scenario is on its own', () => {
    const bare = report({ subject: 'bare', counts: { lost: 1 } })
    expect(voidReasons([bare, report({ subject: 'bare', scenario: 'backlog' })])).toEqual([
      '"backlog" is void, as Node alone lost none of 100',
    ])
  })

  test('scenarios in which nothing need be lost always count', () => {
    expect(voidReasons([report({ scenario: 'start-ready' })])).toEqual([])
  })
})

describe('toRows()', () => {
  test('sums the runs of a subject in a scenario', () => {
    const runs = [
      report({ counts: { lost: 1 }, exit: { ms: 30 } }),
      report({ counts: { lost: 5 }, exit: { ms: 10 } }),
      report({ exit: { ms: 20, code: 1 } }),
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
    const runs = [report(), report({ subject: 'bare' }), report({ scenario: 'tls' }), report({ roundTripMs: 20 })]
    expect(toRows(runs).map(({ subject, scenario, roundTripMs }) => `${subject} ${scenario} ${roundTripMs}`)).toEqual([
      'some keep-alive 0',
      'bare keep-alive 0',
      'some tls 0',
      'some keep-alive 20',
    ])
  })

  test('names a process that was killed, and one that ended by a signal', () => {
    const runs = [
      report({ exit: { isKilled: true, code: null, signal: 'SIGKILL' } }),
      report({ exit: { code: null, signal: 'SIGTERM' } }),
    ]
    expect(toRows(runs)[0]?.exits).toBe('killed (1), SIGTERM (1)')
  })

  test('leaves out what says nothing', () => {
    expect(toRows([report({ unusable: 'it did not start' })])).toEqual([])
  })
})

type Changes = Omit<Partial<RunReport>, 'counts' | 'exit'> & {
  readonly counts?: Partial<Counts>
  readonly exit?: Partial<RunReport['exit']>
}

function report({ counts, exit, ...rest }: Changes = {}): RunReport {
  return {
    subject: 'some',
    scenario: 'keep-alive',
    node: 'v24.21.0',
    seed: 1,
    roundTripMs: 0,
    kinds: {},
    reasons: {},
    losses: [],
    lastAnswerMs: 1,
    hooks: [],
    closeCodes: {},
    stderr: '',
    stalledMs: 0,
    unusable: undefined,
    ...rest,
    counts: {
      wanted: 100,
      sent: 100,
      answered: 100,
      failed5xx: 0,
      lost: 0,
      turnedAway: 0,
      refused: 0,
      refusedEarly: 0,
      open: 0,
      ...counts,
    },
    exit: { code: 0, signal: null, isKilled: false, ms: 10, ...exit },
  }
}
