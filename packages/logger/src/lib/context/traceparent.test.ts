import { expect, test } from 'vitest'
import { parseTraceparent } from './traceparent.ts'

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'

test('parseTraceparent() reads the ids, of later versions, too', () => {
  for (const header of [
    `00-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}-00`,
    `cc-${TRACE_ID}-${SPAN_ID}-01`,
    `cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-will-be-like`,
  ])
    expect(parseTraceparent(header), header).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID })
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
  `00_${TRACE_ID}_${SPAN_ID}_01`,
  `00-${TRACE_ID}${SPAN_ID}--01`,
  '"; drop table',
])('parseTraceparent() ignores %s', (header) => {
  expect(parseTraceparent(header)).toBeUndefined()
})
