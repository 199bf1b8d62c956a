import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Backlog } from './backlog.ts'

function create(): Backlog {
  return new Backlog({ tellOf: (lines) => Buffer.from(`-${lines}.\n`), onTold: () => {} })
}

function fill(...chunks: string[]): Backlog {
  const backlog = create()
  for (const chunk of chunks) backlog.push(Buffer.from(chunk), 0)
  return backlog
}

/** What is left of it, as it would be written. */
function rest(backlog: Backlog): string {
  let text = ''
  for (let head = backlog.head(); head !== undefined; head = backlog.head()) {
    text += head.toString('utf8', backlog.offset)
    backlog.advance(head.length)
  }
  return text
}

test('head() puts small chunks together', () => {
  expect(fill('a\n', 'b\n', 'c\n').head()?.toString()).toBe('a\nb\nc\n')
})

test('head() puts no more together than 64 KiB', () => {
  const line = `${'x'.repeat(29_999)}\n`
  expect(fill(line, line, line).head()).toHaveLength(60_000)
})

test('rewind() goes back to the beginning of a line, not further', () => {
  const backlog = fill('one\ntwo\n')
  backlog.head()
  backlog.advance(6)
  expect([backlog.bytes, backlog.rewind(), backlog.offset, backlog.bytes]).toEqual([2, true, 4, 4])
  expect(backlog.rewind()).toBe(false)
})

test('rewind() takes a line of which only the end is missing for whole', () => {
  const backlog = fill('one\ntwo\n')
  backlog.head()
  backlog.advance(3)
  expect([backlog.rewind(), backlog.offset, backlog.bytes]).toEqual([true, 4, 4])
})

test('drop() takes the oldest lines, and tells of them in their place', () => {
  const backlog = fill('one\ntwo\n', 'three\n')
  expect(backlog.drop(10)).toEqual({ lines: 1, bytes: 4 })
  expect(rest(backlog)).toBe('-1.\ntwo\nthree\n')
})

test('drop() of what tells of dropped lines tells of them later', () => {
  const backlog = fill('one\n', 'two\n', 'three\n')
  backlog.drop(10)
  backlog.head()
  expect(backlog.drop(6)).toEqual({ lines: 1, bytes: 4 })
  expect(rest(backlog)).toBe('-2.\nthree\n')
})

test('drop() of all is not empty until somebody is told', () => {
  const backlog = fill('one\n')
  backlog.drop(0)
  expect([backlog.bytes, backlog.isEmpty]).toEqual([0, false])
  expect(rest(backlog)).toBe('-1.\n')
  expect(backlog.isEmpty).toBe(true)
})

test('whatever is done to it, each line is written or told of, in order', () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant('push' as const), lines: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ type: fc.constant('write' as const), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    fc.record({ type: fc.constant('rewind' as const) }),
    fc.record({ type: fc.constant('drop' as const), maxBytes: fc.integer({ min: 0, max: 40 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const backlog = create()
      let lines = 0
      let out = ''
      for (const one of steps) {
        if (one.type === 'push')
          backlog.push(Buffer.from(Array.from({ length: one.lines }, () => `#${lines++}.\n`).join('')), 0)
        else if (one.type === 'drop') {
          if (backlog.rewind()) out += '\n'
          backlog.drop(one.maxBytes)
          expect(backlog.bytes).toBeLessThanOrEqual(one.maxBytes)
        } else if (one.type === 'rewind') {
          if (backlog.rewind()) out += '\n'
        } else {
          const head = backlog.head()
          if (head === undefined) continue
          const to = backlog.offset + Math.round(one.share * (head.length - backlog.offset))
          out += head.toString('utf8', backlog.offset, to)
          backlog.advance(to)
        }
      }
      out += rest(backlog)
      let next = 0
      for (const line of out.split('\n')) {
        // What has no full stop is the beginning of one that is whole elsewhere, or dropped.
        const [, kind, number] = /^(#|-)(\d+)\.$/.exec(line) ?? []
        if (kind === '-') next += Number(number)
        else if (kind === '#') expect(Number(number)).toBe(next++)
      }
      expect(next).toBe(lines)
      expect([backlog.bytes, backlog.isEmpty]).toEqual([0, true])
    }),
    { numRuns: 500 * Number(process.env.SOAK ?? 1) },
  )
})
