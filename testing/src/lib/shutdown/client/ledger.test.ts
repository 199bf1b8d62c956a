import { expect, test } from 'vitest'
import { createLedger, type Ledger } from './ledger.ts'

test('createLedger() counts nothing at first', () => {
  expect(create().report()).toEqual({
    counts: {
      wanted: 0,
      sent: 0,
      answered: 0,
      failed5xx: 0,
      lost: 0,
      turnedAway: 0,
      refused: 0,
      refusedEarly: 0,
      open: 0,
    },
    kinds: {},
    reasons: {},
    losses: [],
    lastAnswerMs: undefined,
  })
})

test('answered() counts 200 as answered, 503 as failed, and anything else as lost', () => {
  const ledger = create()
  for (const status of [200, 503, 408]) {
    const ticket = ledger.open('http1', '/', 1)
    ticket.sent()
    ticket.answered(status)
  }
  expect(ledger.report()).toMatchObject({
    counts: { sent: 3, answered: 1, failed5xx: 1, lost: 1 },
    reasons: { 'answered with status 408': 1 },
  })
})

test('broken() counts what was begun as lost, and what was not as refused', () => {
  const ledger = create()
  ledger.open('http1', '/', 1).broken('reset')
  const begun = ledger.open('http1', '/', 1)
  begun.begun()
  begun.broken('reset')
  expect(ledger.report().counts).toMatchObject({ wanted: 2, sent: 0, lost: 1, refused: 1 })
})

test('refused() is early before the signal, and as long after it as the subject is to go on', () => {
  let sinceMs: number | undefined
  const ledger = createLedger({ sinceSignalMs: () => sinceMs, servesForMs: 700 })
  for (const at of [undefined, 0, 699, 700, 5_000]) {
    sinceMs = at
    ledger.open('http1', '/', 1).refused('ECONNREFUSED')
  }
  const { counts, reasons } = ledger.report()
  expect(counts).toMatchObject({ refused: 5, refusedEarly: 3 })
  expect(reasons).toEqual({ 'refused early: ECONNREFUSED': 3 })
})

test('an end is the only one: nothing that comes later changes it', () => {
  const ledger = create()
  const ticket = ledger.open('http1', '/', 1)
  ticket.sent()
  ticket.answered(200)
  ticket.broken('reset')
  ticket.refused('late')
  expect(ledger.report().counts).toMatchObject({ answered: 1, lost: 0, refused: 0 })
})

test('turnedAway() is apart from lost and refused', () => {
  const ledger = create()
  const ticket = ledger.open('h2c', '/', 1)
  ticket.sent()
  ticket.turnedAway('left')
  expect(ledger.report()).toMatchObject({
    counts: { sent: 1, turnedAway: 1, lost: 0, refused: 0 },
    reasons: { left: 1 },
  })
})

test('what has no end is open', () => {
  const ledger = create()
  ledger.open('http1', '/', 1)
  ledger.open('http1', '/', 1).sent()
  expect(ledger.report().counts).toMatchObject({ wanted: 2, sent: 1, open: 2 })
})

test('blame() is why everything is lost from then on', () => {
  const ledger = create()
  const [before, after] = [ledger.open('http1', '/', 1), ledger.open('http1', '/', 2)]
  before.sent()
  after.sent()
  before.broken('reset')
  ledger.blame('killed')
  after.broken('reset')
  expect(ledger.report().reasons).toEqual({ reset: 1, killed: 1 })
})

test('blame() makes no refusal early', () => {
  const ledger = createLedger({ sinceSignalMs: () => 1, servesForMs: 700 })
  ledger.blame('killed')
  ledger.open('http1', '/', 1).refused('ECONNREFUSED')
  expect(ledger.report().counts).toMatchObject({ refused: 1, refusedEarly: 0 })
})

test('report() tells the first losses, with their times from the signal', () => {
  const ledger = createLedger({
    sinceSignalMs: (at = performance.now()) => at - performance.timeOrigin,
    servesForMs: 0,
  })
  for (let index = 1; index <= 20; index++) {
    const ticket = ledger.open('upload', `/${index}`, index)
    ticket.begun()
    ticket.broken(`closed after ${index} of 50 bytes of the answer`)
  }
  const { losses, reasons, kinds } = ledger.report()
  expect(losses).toHaveLength(8)
  expect(losses[0]).toMatchObject({ kind: 'upload', path: '/1', connection: 1, sentMs: undefined })
  expect(losses[0]?.endedMs).toBeLessThan(0)
  expect(reasons).toEqual({ 'closed after n bytes of the answer': 20 })
  expect(kinds).toMatchObject({ upload: { lost: 20 } })
})

test('report() tells when the last answer after the signal ended', () => {
  const signalAtMs = performance.now()
  const ledger = createLedger({ sinceSignalMs: (at = performance.now()) => at - signalAtMs, servesForMs: 0 })
  const ticket = ledger.open('http1', '/', 1)
  ticket.sent()
  ticket.answered(200)
  expect(ledger.report().lastAnswerMs).toBeGreaterThanOrEqual(0)
})

function create(): Ledger {
  return createLedger({ sinceSignalMs: (at = performance.now()) => at, servesForMs: 0 })
}
