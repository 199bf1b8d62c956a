import type { RunReport } from './report.ts'

/** What differs in a {@link sampleReport}. */
export type ReportChanges = Omit<Partial<RunReport>, 'counts' | 'exit'> & {
  readonly counts?: Partial<RunReport['counts']>
  readonly exit?: Partial<RunReport['exit']>
}

/**
 * Makes the report of a run in which nothing was lost, for tests of what reads reports.
 *
 * @param changes What is to be different.
 */
export function sampleReport({ counts, exit, ...rest }: ReportChanges = {}): RunReport {
  return {
    subject: 'some',
    scenario: 'keep-alive',
    node: 'v24.21.0',
    seed: 1,
    roundTripMs: 0,
    kinds: {},
    reasons: {},
    losses: [],
    lastAnswerMs: 40,
    hooks: ['began', 'ended'],
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
    exit: { code: 0, signal: null, isKilled: false, ms: 50, ...exit },
  }
}
