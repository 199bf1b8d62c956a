import { expect, test } from 'vitest'
import { formatTraceparent, parseTraceparent } from './traceparent.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'

test.each([
  [`00-${TRACE_ID}-${SPAN_ID}-01`, 1],
  [`00-${TRACE_ID}-${SPAN_ID}-00`, 0],
  [`00-${TRACE_ID}-${SPAN_ID}-ff`, 1],
  [`00-${TRACE_ID}-${SPAN_ID}-fe`, 0],
  [`cc-${TRACE_ID}-${SPAN_ID}-01`, 1],
  [`cc-${TRACE_ID}-${SPAN_ID}-03-what-the-future-will-be-like`, 1],
])('parseTraceparent() reads %s', (header, traceFlags) => {
  const span = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true }
  expect(parseTraceparent(header, undefined)).toEqual(span)
  expect(parseTraceparent(header, '')).toEqual(span)
  expect(formatTraceparent(span)).toBe(`00-${TRACE_ID}-${SPAN_ID}-0${traceFlags}`)
})

test.each([
  undefined,
  '',
  'x',
  `00-${TRACE_ID}-${SPAN_ID}`,
  `ff-${TRACE_ID}-${SPAN_ID}-01`,
  `00-${TRACE_ID}-${SPAN_ID}-01-more`,
  `cc-${TRACE_ID}-${SPAN_ID}-01.more`,
  `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
  `00-${TRACE_ID}-${SPAN_ID.toUpperCase()}-01`,
  `00-${'0'.repeat(32)}-${SPAN_ID}-01`,
  `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
  `00-${TRACE_ID.replace('a', 'g')}-${SPAN_ID}-01`,
  `0.-${TRACE_ID}-${SPAN_ID}-01`,
  `00-${TRACE_ID}-${SPAN_ID}-.0`,
  `00_${TRACE_ID}-${SPAN_ID}-01`,
  `00-${TRACE_ID}_${SPAN_ID}-01`,
  `00-${TRACE_ID}-${SPAN_ID}_01`,
  // Two headers, as Node joins them.
  `00-${TRACE_ID}-${SPAN_ID}-01, 00-${TRACE_ID}-${SPAN_ID}-01`,
])('parseTraceparent() ignores %s', (header) => {
  expect(parseTraceparent(header, 'a=b')).toBeUndefined()
})

test('parseTraceparent() keeps what is well formed of tracestate, up to 512 characters', () => {
  const stateOf = (text: string): string | undefined =>
    parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-01`, text)?.traceState?.serialize()
  expect(stateOf('a=1, tenant@vendor=2 ,UPPER=3,=4,b=,c=5')).toBe('a=1,tenant@vendor=2,c=5')
  expect(stateOf(`a=${'x'.repeat(600)}`)).toBe('')
})
