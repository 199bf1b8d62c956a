import { expect, test } from 'vitest'
import { openEnvelope, toEnvelope } from './envelope.ts'
import { toKeepMs, toRead, toWholeMs } from './tier-read.ts'

const INCARNATION = '0123456789abcdef'
const RECORD = {
  seq: 123,
  bornAtMs: 1_790_000_000_000,
  ttlMs: 60_000,
  staleWhileRevalidateMs: 5_000,
  graceMs: 7_000,
  tags: ['a', 'b'],
  format: 2,
  body: Buffer.from('{"a":1}\n'),
}

test('toEnvelope() can be read by eye', () => {
  expect(String(toEnvelope(INCARNATION, RECORD))).toBe(
    `B1 ${INCARNATION} 123 1790000000000 60000 5000 7000 2 a b\n{"a":1}\n`,
  )
})

test('openEnvelope() opens what toEnvelope() made', () => {
  for (const tags of [
    [],
    ['a'],
    [''],
    ['', ''],
    ['%', '%0041', ' ', '\n', 'é', '\u{1f389}', '\udfff'],
    ['a'.repeat(300)],
  ]) {
    for (const body of [RECORD.body, Buffer.alloc(0), Buffer.from([0, 255, 10, 10])]) {
      const record = { ...RECORD, tags, body }
      expect(openEnvelope(toEnvelope(INCARNATION, record), INCARNATION)).toEqual(record)
    }
  }
})

test('toEnvelope() rounds milliseconds, and writes for ever as the largest number', () => {
  const record = {
    ...RECORD,
    bornAtMs: 1.4,
    ttlMs: Number.POSITIVE_INFINITY,
    staleWhileRevalidateMs: 0.6,
    graceMs: 1e300,
  }
  expect(openEnvelope(toEnvelope(INCARNATION, record), INCARNATION)).toMatchObject({
    bornAtMs: 1,
    ttlMs: Number.MAX_SAFE_INTEGER,
    staleWhileRevalidateMs: 1,
    graceMs: Number.MAX_SAFE_INTEGER,
  })
})

test('openEnvelope() opens none of another incarnation', () => {
  expect(openEnvelope(toEnvelope(INCARNATION, RECORD), INCARNATION.replace('f', 'e'))).toBeUndefined()
  expect(openEnvelope(toEnvelope(INCARNATION, RECORD), INCARNATION.slice(1))).toBeUndefined()
  expect(openEnvelope(toEnvelope(INCARNATION, RECORD), `${INCARNATION}0`)).toBeUndefined()
})

test('openEnvelope() never throws, however much is cut off', () => {
  const whole = toEnvelope(INCARNATION, RECORD)
  const header = whole.indexOf('\n')
  for (let length = 0; length <= header; length++) {
    expect([length, openEnvelope(whole.subarray(0, length), INCARNATION)]).toEqual([length, undefined])
  }
})

test('openEnvelope() never throws, whichever byte is another', () => {
  const whole = toEnvelope(INCARNATION, RECORD)
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0, 10, 32, 37, 48, 65, 255]) {
      const changed = Buffer.from(whole)
      changed[at] = byte
      const record = openEnvelope(changed, INCARNATION)
      if (record !== undefined) expect(Object.values(record)).not.toContain(Number.NaN)
    }
  }
})

test('toRead() tells records, leases, failures and everything else apart', () => {
  const lease = { token: 'mine', forMs: 1 }
  const found = toEnvelope(INCARNATION, RECORD)
  expect(toRead(null, INCARNATION)).toEqual({ kind: 'absent' })
  expect(toRead(null, INCARNATION, lease)).toEqual({ kind: 'leased' })
  expect(toRead(found, INCARNATION)).toEqual({ kind: 'found', record: RECORD })
  expect(toRead(found, undefined)).toEqual({ kind: 'unusable' })
  expect(toRead(Buffer.from('L:mine'), INCARNATION)).toEqual({ kind: 'busy' })
  expect(toRead(Buffer.from('L:mine'), INCARNATION, lease)).toEqual({ kind: 'leased' })
  expect(toRead(Buffer.from('L:minx'), INCARNATION, lease)).toEqual({ kind: 'busy' })
  expect(toRead(Buffer.from('L:mine2'), INCARNATION, lease)).toEqual({ kind: 'busy' })
  expect(toRead(Buffer.from('F:'), INCARNATION)).toEqual({ kind: 'failed', body: Buffer.alloc(0) })
  for (const text of ['', 'L', 'F', 'Lx', 'X:', '{"a":1}']) {
    expect(toRead(Buffer.from(text), INCARNATION, lease)).toEqual({ kind: 'unusable' })
  }
})

test('toKeepMs() keeps for as long as a record may be used', () => {
  expect(toKeepMs(RECORD)).toBe(67_000)
  expect(toKeepMs({ ...RECORD, staleWhileRevalidateMs: 9_000 })).toBe(69_000)
})

test('toWholeMs() is what Redis takes', () => {
  expect([0, 0.2, 1.2, 5, Number.POSITIVE_INFINITY].map(toWholeMs)).toEqual([1, 1, 2, 5, Number.MAX_SAFE_INTEGER])
})
