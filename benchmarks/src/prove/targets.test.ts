import { expect, test } from 'vitest'
import type { Times } from './numbers.ts'
import type { PhaseReport } from './run-phase.ts'
import { type Extras, judgeTargets, toText } from './targets.ts'

const TIMES: Times = { count: 1_000, mean: 10, p50: 8, p95: 50, p99: 90, max: 100 }
const SECOND = { ...TIMES, ok: 1_000, refused: 0, failed: 0, updateP99: 30 }
const OUTCOMES = { due: 3_000, ok: 3_000, refused: 0, failed: 0, late: 0, unsent: 0 }
const EXTRAS: Extras = {
  readyMs: [900, 1_100],
  crowd: { opened: 100, refused: 20, other: 0 },
  crowdPlaces: 100,
  fullStatus: 409,
}

function phase(id: string, parts: Partial<PhaseReport> = {}): PhaseReport {
  return {
    id,
    title: id,
    about: '',
    seconds: 3,
    lag: TIMES,
    isVoid: false,
    tries: 1,
    sockets: 500,
    hitRatio: 0.95,
    marks: [],
    broken: [],
    checked: { counts: {}, examples: [], writes: 1, reads: 1, told: 1, oldestReadMs: 0 },
    samples: { rssMb: { 'instance 1': [200, 210], nginx: [900] }, cores: {} },
    clients: {
      outcomes: OUTCOMES,
      all: TIMES,
      reads: TIMES,
      writes: TIMES,
      accepted: TIMES,
      messages: { ...TIMES, p99: 60 },
      messageOutcomes: OUTCOMES,
      updates: { ...TIMES, p99: 30 },
      socketMbits: 5,
      busiestSocketMbits: 0.1,
      closes: {},
      seconds: [SECOND, SECOND, { ...SECOND, mean: 13 }],
    },
    ...parts,
  }
}

function verdictsOf(phases: readonly PhaseReport[], extras = EXTRAS): Readonly<Record<string, string>> {
  return Object.fromEntries(
    judgeTargets(phases, undefined, extras).map(({ what, verdict, isAimed }) => [
      what,
      `${verdict}${isAimed ? ' aimed' : ''}`,
    ]),
  )
}

test('judgeTargets() judges what was measured, and says what was not', () => {
  expect(verdictsOf([phase('one'), phase('after')])).toMatchObject({
    'Mean answer, one instance': 'pass aimed',
    'Mean answer, last third over first, one instance': 'pass',
    '99 % of WebSocket messages, one instance': 'miss',
    'Largest memory of an instance, one instance': 'pass aimed',
    'Mean answer, three instances': 'not measured',
    'Memory after everything, over that at first': 'not measured',
    'WebSockets at once, one instance': 'pass aimed',
    'WebSockets beyond MAX_CONNECTIONS': 'pass aimed',
    'A task beyond MAX_TASKS': 'pass aimed',
    'All packages, CPU per request over the same server without': 'not measured',
  })
})

test('judgeTargets() judges nothing of a void run', () => {
  expect(verdictsOf([phase('base', { isVoid: true })])).toMatchObject({ 'Mean answer, three instances': 'void' })
})

test('judgeTargets() takes the median of memory, after against before', () => {
  const grown = phase('after', { samples: { rssMb: { 'instance 1': [200, 260, 270, 280] }, cores: {} } })
  expect(verdictsOf([phase('base'), grown])).toMatchObject({ 'Memory after everything, over that at first': 'miss' })
  expect(verdictsOf([phase('base'), phase('after')])).toMatchObject({
    'Memory after everything, over that at first': 'pass aimed',
  })
})

test('judgeTargets() tells a limit that was not kept', () => {
  const extras = { ...EXTRAS, crowd: { opened: 120, refused: 0, other: 0 }, fullStatus: 201 }
  expect(verdictsOf([], extras)).toMatchObject({
    'WebSockets beyond MAX_CONNECTIONS': 'miss',
    'A task beyond MAX_TASKS': 'miss',
  })
})

test('toText() shows as many digits as a number deserves', () => {
  expect([0, 3, 0.12345, 12.345, 1_234.5, 12_345].map(toText)).toEqual(['0', '3', '0.123', '12.3', '1,235', '12,345'])
})
