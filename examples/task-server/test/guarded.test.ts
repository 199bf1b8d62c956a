import { createManualClock, type ManualClock } from '@breakwater/core/testing'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Statement } from '../src/database/database.ts'
import { DatabaseAnswerLostError, DatabaseUnavailableError } from '../src/database/errors.ts'
import { type GuardedDatabase, type GuardOptions, guardDatabase } from '../src/database/guarded.ts'

const READ: Statement = { name: 'read', text: 'select 1', isRepeatable: true }
const WRITE: Statement = { name: 'write', text: 'update once' }
const LOST = new DatabaseAnswerLostError(new Error('broken'))
const AWAY = new DatabaseUnavailableError(new Error('away'), false)

type Ask = (statement: Statement, signal: AbortSignal | undefined) => Promise<readonly never[]>

let clock: ManualClock
/** What the database does. */
const ask = vi.fn<Ask>()

beforeEach(() => {
  clock = createManualClock()
  ask.mockReset().mockResolvedValue([])
})

function guard(options?: GuardOptions & { maxConcurrent?: number }): GuardedDatabase {
  const database = {
    description: 'a database',
    maxConcurrent: options?.maxConcurrent ?? 2,
    query: (statement: Statement, _: unknown, { signal }: { signal?: AbortSignal | undefined } = {}) =>
      ask(statement, signal),
    transaction: <result>(run: (connection: never) => Promise<result>) => run(undefined as never),
    close: async () => undefined,
  }
  return guardDatabase(database, { clock, ...options })
}

/** Runs a statement to its end, however long it waits between attempts. */
async function codeOf(database: GuardedDatabase, statement: Statement): Promise<string> {
  const code = database.query(statement).then(
    () => 'fine',
    (error) => error.code,
  )
  await clock.advanceAsync(300)
  return code
}

function hang(): Promise<never> {
  return new Promise(() => undefined)
}

test('query() runs what may run twice again when its answer was lost', async () => {
  ask.mockRejectedValueOnce(LOST).mockRejectedValueOnce(LOST)
  expect(await codeOf(guard(), READ)).toBe('fine')
  expect(ask).toHaveBeenCalledTimes(3)
})

test('query() never runs a change again when its answer was lost', async () => {
  ask.mockRejectedValue(LOST)
  expect(await codeOf(guard(), WRITE)).toBe('ERR_DATABASE_ANSWER_LOST')
  expect(ask).toHaveBeenCalledTimes(1)
})

test('query() runs a change again that was not asked for', async () => {
  ask.mockRejectedValueOnce(AWAY)
  expect(await codeOf(guard(), WRITE)).toBe('fine')
  expect(ask).toHaveBeenCalledTimes(2)
})

test('query() waits for another attempt, but not as long as clients are told to', async () => {
  ask.mockRejectedValueOnce(AWAY)
  const asked = guard().query(READ)
  await clock.advanceAsync(50)
  await expect(asked).resolves.toEqual([])
})

test('query() gives up what takes too long, and does not ask again', async () => {
  const signals: (AbortSignal | undefined)[] = []
  ask.mockImplementation((_, signal) => {
    signals.push(signal)
    return hang()
  })
  const asked = guard({ limitMs: 1_000 }).query(READ)
  const outcome = expect(asked).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
  await clock.advanceAsync(999)
  expect(signals.map((signal) => signal?.aborted)).toEqual([false])
  await clock.advanceAsync(1)
  await outcome
  expect(signals.map((signal) => signal?.aborted)).toEqual([true])
})

test('query() ends for who gave it up, and so does the statement', async () => {
  const giveUp = new AbortController()
  let seen: AbortSignal | undefined
  ask.mockImplementation((_, signal) => {
    seen = signal
    return hang()
  })
  const asked = guard().query(READ, [], { signal: giveUp.signal })
  giveUp.abort(new Error('changed my mind'))
  await expect(asked).rejects.toThrow('changed my mind')
  expect(seen?.aborted).toBe(true)
})

test('query() does not ask a database that is away, but for one probe each second', async () => {
  ask.mockRejectedValue(LOST)
  const database = guard()
  for (let n = 0; n < 5; n++) expect(await codeOf(database, WRITE)).toBe('ERR_DATABASE_ANSWER_LOST')
  expect(await codeOf(database, READ)).toBe('ERR_CIRCUIT_OPEN')
  expect(ask).toHaveBeenCalledTimes(5)

  await clock.advanceAsync(1_000)
  const [probe, ...others] = await Promise.all(Array.from({ length: 20 }, () => codeOf(database, WRITE)))
  expect([probe, new Set(others)]).toEqual(['ERR_DATABASE_ANSWER_LOST', new Set(['ERR_CIRCUIT_OPEN'])])
  expect(ask).toHaveBeenCalledTimes(6)

  ask.mockResolvedValue([])
  await clock.advanceAsync(1_000)
  expect(await codeOf(database, READ)).toBe('fine')
  expect(database.circuit.state).toBe('closed')
})

test('query() has one probe decide, also one that hangs', async () => {
  ask.mockRejectedValue(LOST)
  const database = guard({ limitMs: 3_000 })
  for (let n = 0; n < 5; n++) await codeOf(database, WRITE)
  await clock.advanceAsync(1_000)
  ask.mockClear().mockImplementation(hang)
  const probe = codeOf(database, WRITE)
  await clock.advanceAsync(2_000)
  expect(await codeOf(database, WRITE)).toBe('ERR_CIRCUIT_OPEN')
  expect(ask).toHaveBeenCalledTimes(1)
  await clock.advanceAsync(1_000)
  expect(await probe).toBe('ERR_TIMEOUT')
  expect(database.circuit.state).toBe('open')
})

test('query() is refused beyond what may wait, and what waits too long', async () => {
  ask.mockImplementation(hang)
  const database = guard({ maxConcurrent: 2, maxQueued: 3, maxWaitMs: 500 })
  const codes: string[] = []
  for (let n = 0; n < 10; n++) void database.query(READ).catch(({ code }) => codes.push(code))
  await clock.advanceAsync(0)
  expect(codes).toEqual(Array(5).fill('ERR_BULKHEAD_FULL'))
  await clock.advanceAsync(499)
  expect(codes).toHaveLength(5)
  await clock.advanceAsync(1)
  expect(codes).toEqual(Array(8).fill('ERR_BULKHEAD_FULL'))
  expect(ask).toHaveBeenCalledTimes(2)
})

test('query() is refused to who waits while it turns out that the database hangs', async () => {
  ask.mockImplementation(hang)
  const database = guard({ maxConcurrent: 5, limitMs: 1_000, maxWaitMs: 5_000 })
  const codes: string[] = []
  for (let n = 0; n < 50; n++) void database.query(WRITE).catch(({ code }) => codes.push(code))
  await clock.advanceAsync(1_000)
  // The first four that ended made way for as many, before the fifth opened the circuit.
  expect(codes.toSorted()).toEqual([...Array(41).fill('ERR_CIRCUIT_OPEN'), ...Array(5).fill('ERR_TIMEOUT')])
  expect(ask).toHaveBeenCalledTimes(9)
})

test('transaction() is run once, and not while the database is away', async () => {
  const database = guard()
  const run = vi.fn(() => Promise.reject(AWAY))
  for (let n = 0; n < 5; n++) await expect(database.transaction(run)).rejects.toBe(AWAY)
  expect(run).toHaveBeenCalledTimes(5)
  await expect(database.transaction(run)).rejects.toMatchObject({ code: 'ERR_CIRCUIT_OPEN' })
  expect(await codeOf(database, READ)).toBe('ERR_CIRCUIT_OPEN')
  expect([run.mock.calls.length, ask.mock.calls.length]).toEqual([5, 0])
})

test('transaction() may take as long as it gives itself', async () => {
  const database = guard({ limitMs: 1_000 })
  const done = database.transaction(() => clock.sleep(60_000).then(() => 'done'))
  await clock.advanceAsync(60_000)
  await expect(done).resolves.toBe('done')
  expect(database.circuit.state).toBe('closed')
})

test('a database that answers with mistakes stays asked', async () => {
  ask.mockRejectedValue(Object.assign(new Error('no such table'), { severity: 'ERROR', code: '42P01' }))
  const database = guard()
  for (let n = 0; n < 50; n++) expect(await codeOf(database, READ)).toBe('42P01')
  expect(database.circuit.state).toBe('closed')
})
