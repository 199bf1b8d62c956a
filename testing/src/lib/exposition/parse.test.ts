import { describe, expect, test } from 'vitest'
import type { ExpositionFormat } from './line.ts'
import { parseExposition, validateExposition } from './parse.ts'

const HISTOGRAM = `# HELP d Durations.
# TYPE d histogram
d_bucket{le="0.1"} 1
d_bucket{le="1"} 2
d_bucket{le="+Inf"} 3
d_sum 5.5
d_count 3
`

const good: readonly (readonly [string, ExpositionFormat, string])[] = [
  ['nothing', 'text', ''],
  ['a bare value', 'text', 'a 1\n'],
  ['comments, empty lines and blanks', 'text', '# a comment\n\n \t a{b="c"}  1\t \n#\n# EOF\n'],
  ['values of all kinds', 'text', 'a NaN\nb +Inf\nc -Inf\nd -1.5e-7\ne .5\nf 5.\n'],
  ['a timestamp', 'text', 'a 1 1395066363000\nb{} 2 -5\n'],
  ['escapes', 'text', '# HELP a One \\\\ and \\n two "three"\na{b="\\\\ \\" \\n } , \r"} 1\n'],
  ['a comma after the last label', 'text', 'a{b="c",} 1\n'],
  ['empty label values and colons in names', 'text', 'a:b{c=""} 1\n'],
  ['a histogram', 'text', HISTOGRAM],
  [
    'a histogram of two label sets, one behind the other',
    'text',
    HISTOGRAM.replaceAll(
      /^(d_\w+)(?:\{(.*)\})? (.*)$/gm,
      (_, name, le, value) =>
        `${name}{x="1"${le ? `,${le}` : ''}} ${value}\n${name}{${le ? `${le},` : ''}x="2"} ${value}`,
    ),
  ],
  ['a summary', 'text', '# TYPE s summary\ns{quantile="0.5"} NaN\ns{quantile="1"} 2\ns_sum 3\ns_count 2\n'],
  ['a name that begins with that of another', 'text', '# TYPE d gauge\nd 1\n# TYPE d_x gauge\nd_x 1\n'],
  ['the end alone', 'openmetrics', '# EOF\n'],
  ['the end without a line feed', 'openmetrics', 'a 1\n# EOF'],
  ['a counter', 'openmetrics', '# TYPE a counter\n# HELP a A.\na_total{b="c"} 1 1.5\na_created{b="c"} 0.5\n# EOF\n'],
  [
    'exemplars',
    'openmetrics',
    HISTOGRAM.replace('"} 1', '"} 1 # {trace_id="ab"} 0.05 1520879607.789').replace('} 2', '} 2 123 # {} 1') +
      '# EOF\n',
  ],
  ['an exemplar of a counter', 'openmetrics', '# TYPE a counter\na_total 1 # {a="b"} 0.5\n# EOF\n'],
  ['a unit', 'openmetrics', '# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n# EOF\n'],
  ['an info', 'openmetrics', '# TYPE a info\na_info{version="1"} 1\n# EOF\n'],
  ['a state set', 'openmetrics', '# TYPE a stateset\na{a="x"} 1\na{a="y"} 0\n# EOF\n'],
  [
    'a gauge histogram',
    'openmetrics',
    '# TYPE a gaugehistogram\na_bucket{le="+Inf"} 1\na_gcount 1\na_gsum -2\n# EOF\n',
  ],
]

const bad: readonly (readonly [string, ExpositionFormat, string, number])[] = [
  ['the last line ends with a line feed', 'text', 'a 1', 1],
  ['a metric name is expected, not "1a 1"', 'text', '1a 1\n', 1],
  ['a metric name is expected, not "{} 1"', 'text', '\n{} 1\n', 2],
  ['a value is expected, not the end of the line', 'text', 'a{}\n', 1],
  ['a space is expected before a value, not "-b 1"', 'text', 'a-b 1\n', 1],
  ['a value is no number: "1,5"', 'text', 'a 1,5\n', 1],
  ['a value is no number: "Infinity"', 'text', 'a Infinity\n', 1],
  ['a value is no number: "0x10"', 'text', 'a 0x10\n', 1],
  ['a timestamp is no number: "1.5"', 'text', 'a 1 1.5\n', 1],
  ['nothing is expected before "# {} 1"', 'text', 'a 1 2 # {} 1\n', 1],
  ['a label name is expected, not "1=\\"x\\"} 1"', 'text', 'a{1="x"} 1\n', 1],
  ['a label name is expected, not ",} 1"', 'text', 'a{,} 1\n', 1],
  ['label b is there twice', 'text', 'a{b="1",b="2"} 1\n', 1],
  ["label __proto__ is one of Prometheus' own", 'text', 'a{__proto__="1"} 1\n', 1],
  ["'=\"' is expected after label b", 'text', 'a{b=c} 1\n', 1],
  ['"," or "}" is expected before "c=\\"1\\"} 1"', 'text', 'a{b="1"c="1"} 1\n', 1],
  ['"," or "}" is expected before "x\\"\\"} 1"', 'text', 'a{b="say "x""} 1\n', 1],
  ['the value of label b has no end', 'text', 'a{b="1\nx"} 1\n', 1],
  ['the value of label b has no end', 'text', 'a{b="\\"} 1\n', 1],
  ['the value of label b has "\\\\t", which is no escape', 'text', 'a{b="\\t"} 1\n', 1],
  ['the same series is in line 1', 'text', 'a{b="1",c="2"} 1\na{c="2",b="1"} 1\n', 2],
  ['lines of a stand together', 'text', 'a{x="1"} 1\nb 1\na{x="2"} 1\n', 3],
  ['lines of d stand together', 'text', `${HISTOGRAM}x 1\nd_sum{a="b"} 1\n`, 9],
  ['TYPE of a is there twice', 'text', '# TYPE a gauge\n# TYPE a gauge\na 1\n', 2],
  ['HELP of a is there twice', 'text', '# HELP a 1\n# HELP a 2\na 1\n', 2],
  ['TYPE of a comes after its values', 'text', 'a 1\n# TYPE a gauge\n', 2],
  ['HELP of a comes after its values', 'text', 'a 1\n# HELP a gauge\n', 2],
  ['HELP of a has "\\\\t", which is no escape', 'text', '# HELP a \\t\na 1\n', 1],
  ['there is no type "info"', 'text', '# TYPE a info\na 1\n', 1],
  ['there is no type ""', 'text', '# TYPE a\na 1\n', 1],
  ['TYPE of what is no name: "a-b"', 'text', '# TYPE a-b gauge\n', 1],
  ['what only grows is never below zero', 'text', '# TYPE a counter\na -1\n', 2],
  ['what only grows is never NaN', 'text', '# TYPE a counter\na NaN\n', 2],
  ['bounds of buckets ascend', 'text', HISTOGRAM.replace('"0.1"', '"10"'), 4],
  ['bounds of buckets ascend', 'text', HISTOGRAM.replace('"0.1"', '"1.0"'), 4],
  ['the same series is in line 3', 'text', HISTOGRAM.replace('"0.1"', '"1"'), 4],
  ['buckets hold those before them as well', 'text', HISTOGRAM.replace('} 2', '} 0'), 4],
  ['a bucket holds a whole number', 'text', HISTOGRAM.replace('} 2', '} 2.5'), 4],
  ['the last bucket is that of +Inf', 'text', HISTOGRAM.replace('d_bucket{le="+Inf"} 3\n', ''), 4],
  ['a bucket needs the label le, with a number', 'text', HISTOGRAM.replace('le="1"', 'le="one"'), 4],
  ['a bucket needs the label le, with a number', 'text', HISTOGRAM.replace('{le="1"}', ''), 4],
  ['the count is that of the bucket +Inf: 3', 'text', HISTOGRAM.replace('_count 3', '_count 4'), 7],
  ['a histogram needs its count', 'text', HISTOGRAM.replace('d_count 3\n', ''), 3],
  ['a histogram needs its sum', 'text', HISTOGRAM.replace('d_sum 5.5\n', ''), 3],
  [
    'd_count is a family, and the _count of the histogram d',
    'text',
    `# TYPE d_count gauge\nd_count 1\n${HISTOGRAM.replace('d_count 3', 'd_count{a="b"} 1')}`,
    2,
  ],
  [
    'a summary needs the label quantile, from 0 to 1',
    'text',
    '# TYPE s summary\ns{quantile="2"} 1\ns_sum 1\ns_count 1\n',
    2,
  ],
  ['the last line is "# EOF"', 'openmetrics', 'a 1\n', 1],
  ['the last line is "# EOF"', 'openmetrics', '', 1],
  ['nothing follows "# EOF"', 'openmetrics', '# EOF\na 1\n# EOF\n', 1],
  ['there are no empty lines', 'openmetrics', 'a 1\n\n# EOF\n', 2],
  ['there are no comments', 'openmetrics', '# one\n# EOF\n', 1],
  ['a value is expected, not " 1"', 'openmetrics', 'a  1\n# EOF\n', 1],
  ['a label name is expected, not "} 1"', 'openmetrics', 'a{b="c",} 1\n# EOF\n', 1],
  ['lines of a stand together', 'openmetrics', '# TYPE a counter\na_total 1\nb 1\na_created 1\n# EOF\n', 4],
  ['a counter needs a_total', 'openmetrics', '# TYPE a counter\na_created 1\n# EOF\n', 2],
  ['there is no type "untyped"', 'openmetrics', '# TYPE a untyped\na 1\n# EOF\n', 1],
  ['a_seconds does not end with its unit bytes', 'openmetrics', '# UNIT a_seconds bytes\na_seconds 1\n# EOF\n', 1],
  ['UNIT of a_s is there twice', 'openmetrics', '# UNIT a_s s\n# UNIT a_s s\na_s 1\n# EOF\n', 2],
  ['the value of an info is 1', 'openmetrics', '# TYPE a info\na_info 2\n# EOF\n', 2],
  ['a state is 0 or 1, and has the label a', 'openmetrics', '# TYPE a stateset\na{a="x"} 2\n# EOF\n', 2],
  ['only buckets and totals have exemplars', 'openmetrics', '# TYPE a gauge\na 1 # {b="c"} 1\n# EOF\n', 2],
  ['an exemplar begins with its labels, not "1"', 'openmetrics', '# TYPE a counter\na_total 1 # 1\n# EOF\n', 2],
  ['the exemplar is not in its bucket: 0.2', 'openmetrics', `${HISTOGRAM.replace('} 1', '} 1 # {} 0.2')}# EOF\n`, 3],
  [
    'labels of an exemplar are 128 characters at most, and these are 129',
    'openmetrics',
    `# TYPE a counter\na_total 1 # {b="${'é'.repeat(128)}"} 1\n# EOF\n`,
    2,
  ],
  [
    'lines of one label set stand together',
    'openmetrics',
    '# TYPE a counter\na_total{x="1"} 1\na_total{x="2"} 1\na_created{x="1"} 1\n# EOF\n',
    4,
  ],
]

describe('validateExposition() accepts', () => {
  for (const [what, format, text] of good)
    test(`${what} (${format})`, () => expect(validateExposition(text, format)).toEqual([]))
})

describe('validateExposition() says', () => {
  for (const [problem, format, text, line] of bad)
    test(`${problem} (${format}): ${JSON.stringify(text.slice(0, 60))}`, () => {
      expect(validateExposition(text, format)).toContainEqual({ line, problem })
    })
})

test('validateExposition() goes on after a line that is wrong', () => {
  expect(validateExposition('a-\nb 1\n0\nb 1\n').map(({ line }) => line)).toEqual([1, 3, 4])
})

test('parseExposition() takes values out of their lines', () => {
  const { families, samples } = parseExposition(
    '# HELP a One\\ntwo\n# TYPE a counter\na_total{b="\\"\\\\\\n"} 1.5 7 # {t="x"} 2 3\n# EOF\n',
    'openmetrics',
  )
  expect(samples).toEqual([
    {
      line: 3,
      name: 'a_total',
      labels: { b: '"\\\n' },
      value: 1.5,
      timestamp: 7,
      exemplar: { labels: { t: 'x' }, value: 2, timestamp: 3 },
    },
  ])
  expect(families).toEqual([{ name: 'a', type: 'counter', help: 'One\ntwo', unit: undefined, samples }])
})
