import { randomBytes } from 'node:crypto'
import { constants, inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { SharedMessage } from './shared-message.ts'

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH }
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])

test.each([
  [125, 2],
  [126, 4],
  [1_023, 4],
  [65_535, 4],
  [65_536, 10],
])('SharedMessage writes %i bytes after a head of %i', (length, head) => {
  const message = new SharedMessage('x'.repeat(length))
  const frame = message.frame(false)
  expect([frame.length, frame[0]]).toEqual([head + length, 0x81])
  const second = frame[1] as number
  const told = second < 126 ? second : second === 126 ? frame.readUInt16BE(2) : Number(frame.readBigUInt64BE(2))
  expect(told).toBe(length)
  expect(message.text.toString()).toBe('x'.repeat(length))
})

test('SharedMessage counts bytes, not characters', () => {
  const frame = new SharedMessage('ü').frame(false)
  expect([...frame]).toEqual([0x81, 2, 0xc3, 0xbc])
})

test('SharedMessage compresses from 1 KiB on, once for all, for who can inflate it', () => {
  const text = JSON.stringify(Array.from({ length: 100 }, (_, n) => ({ title: `Task ${n}` })))
  const message = new SharedMessage(text)
  expect(message.frame(false)[0]).toBe(0x81)
  const frame = message.frame(true)
  expect(frame[0]).toBe(0xc1)
  expect(message.frame(true)).toBe(frame)
  expect(frame.length).toBeLessThan(text.length / 2)
  expect(frame.subarray(-4)).not.toEqual(TAIL)
  expect(inflateRawSync(Buffer.concat([frame.subarray(4), TAIL]), FLUSH).toString()).toBe(text)

  const short = new SharedMessage('x'.repeat(1_023))
  expect(short.frame(true)).toBe(short.frame(false))
  const random = new SharedMessage(randomBytes(2_000).toString('latin1'))
  expect(random.frame(true).length).toBeLessThanOrEqual(random.frame(false).length)
})
