import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Family, Row } from '../series/family.ts'
import { createLabelSet, NO_LABELS } from '../series/label-set.ts'
import { NumberTable } from '../series/number-table.ts'
import type { Block } from './block.ts'
import type { Format } from './format.ts'
import { OPENMETRICS } from './openmetrics.ts'
import { createRenderer } from './renderer.ts'
import { TEXT } from './text.ts'

function family(type: Family['type'], name: string, rows: readonly Row[], help = 'Help.'): Family {
  return { name, help, type, rows: () => rows }
}

/** Text and bytes say the same. */
function written(blocks: Iterable<Block>): string {
  const both = Array.from(blocks, ({ bytes, text }) => [bytes.toString(), text] as const)
  expect(both.map(([bytes]) => bytes)).toEqual(both.map(([, text]) => text))
  return both.map(([bytes]) => bytes).join('')
}

function textOf(of: Family, format: Format = TEXT, extra?: Record<string, string>): string {
  return format.head(of) + written(createRenderer(format).rows(of, extra))
}

test('rows() writes one line per number', () => {
  const rows = [
    { labels: NO_LABELS, value: 1 },
    { labels: createLabelSet({ method: 'GET', route: '/"\\\n' }), value: 2.5 },
  ]
  expect(textOf(family('gauge', 'things', rows, 'a\\b\nc'))).toBe(
    '# HELP things a\\\\b\\nc\n# TYPE things gauge\nthings 1\nthings{method="GET",route="/\\"\\\\\\n"} 2.5\n',
  )
})

test.each([
  [Infinity, '+Inf'],
  [-Infinity, '-Inf'],
  [Number.NaN, 'NaN'],
  [-0, '0'],
  [1e21, '1e+21'],
  [5e-324, '5e-324'],
  [0.1 + 0.2, '0.30000000000000004'],
  [2 ** 53, '9007199254740992'],
])('rows() writes %d as %s', (value, text) => {
  expect(textOf(family('gauge', 'x', [{ labels: NO_LABELS, value }], ''))).toBe(`# TYPE x gauge\nx ${text}\n`)
})

const snapshot = { bounds: [0.005, 1, 2_500_000], counts: [1, 2, 2], count: 3, sum: 7.5 }

test('rows() writes histograms in order of their buckets', () => {
  const rows = [{ labels: createLabelSet({ a: 'b' }), value: snapshot }]
  expect(textOf(family('histogram', 'x_seconds', rows, ''))).toBe(
    [
      '# TYPE x_seconds histogram',
      'x_seconds_bucket{a="b",le="0.005"} 1',
      'x_seconds_bucket{a="b",le="1"} 2',
      'x_seconds_bucket{a="b",le="2500000"} 2',
      'x_seconds_bucket{a="b",le="+Inf"} 3',
      'x_seconds_sum{a="b"} 7.5',
      'x_seconds_count{a="b"} 3',
      '',
    ].join('\n'),
  )
})

test('rows() writes OpenMetrics with units, canonical bounds and exemplars', () => {
  const exemplar = { labels: { trace_id: 'abc' }, value: 0.7, timestampMs: 1_700_000_000_123 }
  const rows = [{ labels: NO_LABELS, value: snapshot, exemplars: [undefined, exemplar] }]
  expect(textOf(family('histogram', 'x_seconds', rows, 'A "b".'), OPENMETRICS)).toBe(
    [
      '# TYPE x_seconds histogram',
      '# UNIT x_seconds seconds',
      '# HELP x_seconds A \\"b\\".',
      'x_seconds_bucket{le="0.005"} 1',
      'x_seconds_bucket{le="1.0"} 2 # {trace_id="abc"} 0.7 1700000000.123',
      'x_seconds_bucket{le="2.5e+06"} 2',
      'x_seconds_bucket{le="+Inf"} 3',
      'x_seconds_sum 7.5',
      'x_seconds_count 3',
      '',
    ].join('\n'),
  )
})

test.each(['a_total', 'a'])('rows() ends the lines of the counter %s in _total in OpenMetrics', (name) => {
  const rows = [{ labels: NO_LABELS, value: 1 }]
  expect(textOf(family('counter', name, rows, ''), OPENMETRICS)).toBe('# TYPE a counter\na_total 1\n')
})

test('rows() leaves out exemplars that are longer than OpenMetrics allows', () => {
  const of = (length: number): string => {
    const exemplar = { labels: { t: '😀'.repeat(length - 1) }, value: 1, timestampMs: Number.NaN }
    return textOf(
      family('counter', 'a_total', [{ labels: NO_LABELS, value: 1, exemplars: [exemplar] }], ''),
      OPENMETRICS,
    )
  }
  expect(of(128)).toContain(`# {t="${'😀'.repeat(127)}"} 1\n`)
  expect(of(129)).toMatch(/a_total 1\n$/)
})

test('rows() adds further labels where a series has none of that name', () => {
  const rows = [
    { labels: NO_LABELS, value: 1 },
    { labels: createLabelSet({ app: 'own' }), value: 2 },
    { labels: createLabelSet({ b: 'c' }), value: snapshot },
  ]
  const text = textOf(family('gauge', 'x', rows, ''), TEXT, { app: 'a"' })
  expect(text).toContain('x{app="a\\""} 1\nx{app="own"} 2\nx_bucket{b="c",app="a\\"",le="0.005"} 1\n')
})

test('rows() writes what it would have written the first time, whatever it remembers', () => {
  const sets = Array.from({ length: 300 }, (_, index) => createLabelSet({ n: String(index) }))
  // Each differs from another one in a single thing.
  const exemplar = { labels: { t: 'a' }, value: 1, timestampMs: 1_000 }
  const value = fc.constantFrom<Omit<Row, 'labels'>>(
    { value: 1 },
    { value: Number.NaN },
    { value: 1, exemplars: [exemplar] },
    { value: snapshot },
    { value: { ...snapshot, count: 4 } },
    { value: { ...snapshot, sum: 8 } },
    { value: { ...snapshot, counts: [1, 1, 2] } },
    { value: { ...snapshot, bounds: [0.005, 1, 3] } },
    { value: snapshot, exemplars: [undefined, exemplar] },
    { value: snapshot, exemplars: [undefined, { ...exemplar, value: 0.5 }] },
  )
  const scrape = fc.array(fc.tuple(fc.constantFrom(0, 150, 299), value), { maxLength: 5 })
  fc.assert(
    fc.property(fc.array(fc.tuple(scrape, fc.constantFrom('', 'a', 'b')), { maxLength: 6 }), (scrapes) => {
      const renderer = createRenderer(OPENMETRICS)
      const values = new Map<number, Omit<Row, 'labels'>>()
      for (const [changes, app] of scrapes) {
        for (const [index, changed] of changes) values.set(index, changed)
        const rows = sets.map((labels, index) => ({ labels, value: 0, ...values.get(index) }))
        const now = family('gauge', 'x', rows)
        const extra = app === '' ? {} : { app }
        expect(written(renderer.rows(now, extra))).toBe(written(createRenderer(OPENMETRICS).rows(now, extra)))
      }
    }),
    { numRuns: 100 },
  )
})

test('rows() writes text again only where labels are others, and numbers where they moved', () => {
  const renderer = createRenderer(TEXT)
  const sets = Array.from({ length: 1_000 }, (_, index) => createLabelSet({ n: String(index) }))
  let asked = 0
  const write = (by: number, last = '999'): string =>
    written(
      renderer.rows({
        ...family('gauge', 'x', []),
        *rows() {
          for (const [index, labels] of [...sets.slice(0, -1), createLabelSet({ n: last })].entries())
            yield {
              labels,
              value: index * by,
              get exemplars() {
                asked++
                return undefined
              },
            }
        },
      }),
    )
  expect(write(1)).toContain('x{n="998"} 998\nx{n="999"} 999\n')
  expect(asked).toBe(1_000)
  expect(write(1_000.25)).toContain('x{n="998"} 998249.5\nx{n="999"} 999249.75\n')
  expect(write(1 / 3)).toContain('x{n="998"} 332.66666666666663\nx{n="999"} 333\n')
  expect(write(0)).toContain('x{n="998"} 0\nx{n="999"} 0\n')
  expect(asked).toBe(1_000)
  expect(write(0, 'ä')).toContain('x{n="998"} 0\nx{n="ä"} 0\n')
  expect(asked).toBeLessThan(1_200)
  expect(write(1e-9, 'ä')).toContain('x{n="998"} 9.98e-7\nx{n="ä"} 9.99e-7\n')
})

test.each(['rows', 'columns'])('rows() writes %s whose numbers moved as if they were new', (how) => {
  const names = ['', 'a', 'b c', 'ä', 'x'.repeat(300)]
  const number = fc.oneof(fc.integer({ min: -20, max: 2_000 }), fc.double(), fc.constantFrom(0.5, 1.25, 99.999))
  const table = fc.array(fc.tuple(number, fc.integer({ min: 0, max: 199 })), { maxLength: 8 })
  fc.assert(
    fc.property(fc.array(table, { maxLength: 6 }), fc.integer({ min: 1, max: 200 }), (scrapes, size) => {
      const renderer = createRenderer(TEXT)
      const all = new NumberTable()
      for (let row = 0; row < size; row++) all.add(createLabelSet({ [`n${row}`]: names[row % names.length] as string }))
      for (const changes of scrapes) {
        for (const [value, row] of changes) if (row < size) all.values[row] = value
        const of = family('gauge', 'x', [...all.rows()])
        const now = how === 'rows' ? of : { ...of, columns: all }
        expect(written(renderer.rows(now))).toBe(written(createRenderer(TEXT).rows(of)))
      }
    }),
    { numRuns: 100 },
  )
})

test('rows() knows whose an exemplar is', () => {
  const renderer = createRenderer(OPENMETRICS)
  const exemplars = [{ labels: { t: 'a' }, value: 1, timestampMs: 1_000 }]
  const of = (owner: string): string =>
    written(
      renderer.rows(
        family(
          'counter',
          'x_total',
          ['a', 'b'].map((n) => ({
            labels: createLabelSet({ n }),
            value: 1,
            exemplars: n === owner ? exemplars : undefined,
          })),
        ),
      ),
    )
  expect(of('a')).toBe('x_total{n="a"} 1 # {t="a"} 1 1.000\nx_total{n="b"} 1\n')
  expect(of('b')).toBe('x_total{n="a"} 1\nx_total{n="b"} 1 # {t="a"} 1 1.000\n')
})

test('rows() writes an exemplar again that is another one', () => {
  const renderer = createRenderer(OPENMETRICS)
  const of = (trace: string): string => {
    const exemplars = [{ labels: { trace }, value: 1, timestampMs: 1_000 }]
    return written(renderer.rows(family('counter', 'x_total', [{ labels: NO_LABELS, value: 1, exemplars }])))
  }
  expect([of('a'), of('b')]).toEqual(['x_total 1 # {trace="a"} 1 1.000\n', 'x_total 1 # {trace="b"} 1 1.000\n'])
})
