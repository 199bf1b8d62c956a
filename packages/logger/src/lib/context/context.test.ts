import type { HttpExchange } from '@breakwater/core'
import { expect, test } from 'vitest'
import { Context, type ContextSource } from './context.ts'

function source(changes: Partial<ContextSource> = {}): ContextSource & { written: number } {
  let ids = 0
  const made = {
    written: 0,
    requestIdHeader: 'x-request-id',
    activeSpan: undefined,
    makeId: () => `made-${++ids}`,
    sample: () => true,
    writeIds: (...ids: unknown[]) => JSON.stringify(ids),
    write(given: object, fields: object) {
      made.written++
      return { text: JSON.stringify({ ...given, ...fields }), fields: new Map() }
    },
    ...changes,
  }
  return made
}

function exchange(headers: Readonly<Record<string, string>> = {}): HttpExchange & { read: string[] } {
  const read: string[] = []
  return {
    read,
    header(name: string) {
      read.push(name)
      return headers[name]
    },
  } as unknown as HttpExchange & { read: string[] }
}

test('a context reads and makes nothing before it is asked', () => {
  const request = exchange()
  const shared = source({ makeId: () => expect.fail('made an id') })
  new Context(shared, request)
  expect(request.read).toEqual([])
  expect(shared.written).toBe(0)
})

test('a context keeps its id, and is written once', () => {
  const shared = source()
  const context = new Context(shared, exchange())
  expect([context.requestId, context.requestId]).toEqual(['made-1', 'made-1'])
  expect(context.written()).toBe(context.written())
  expect(shared.written).toBe(1)
})

test('a context is written anew when its span is another one', () => {
  let spanId = '1'
  const context = new Context(source({ activeSpan: () => ({ traceId: 't', spanId }) }), exchange())
  const first = context.written()
  spanId = '2'
  expect(context.written()).not.toBe(first)
  expect(context.written().text).toContain('"spanId":"2"')
})

test('a context within another has its ids, its decision, and fields of both', () => {
  let asked = 0
  const outer = new Context(source({ sample: () => ++asked > 1 }), exchange({ 'x-request-id': 'r-1' }), undefined, {
    a: 1,
    b: 1,
  })
  const inner = new Context(source({ sample: () => expect.fail('asked again') }), undefined, outer, { b: 2 })
  expect([inner.isSampled, outer.isSampled, asked]).toEqual([false, false, 1])
  expect(inner.requestId).toBe('r-1')
  expect(JSON.parse(inner.written().text)).toMatchObject({ requestId: 'r-1', a: 1, b: 2 })
})

test('a context outside of requests has an id only if it is given one', () => {
  expect(new Context(source(), undefined, undefined, { a: 1 }).requestId).toBeUndefined()
  expect(new Context(source(), undefined, undefined, { requestId: 5 }).requestId).toBe('5')
})
