import type { ExpositionFormat, Sample } from './line.ts'

/** What is wrong, and where. */
export interface ExpositionProblem {
  /** Number of the line, from 1. */
  readonly line: number
  /** What is wrong with it. */
  readonly problem: string
}

/** All lines of one name. */
export interface ParsedFamily {
  /** In OpenMetrics that of a counter has no `_total`. */
  readonly name: string
  /** As said, `untyped` or `unknown` if nothing was. */
  type: string
  /** Unescaped. */
  help: string | undefined
  /** OpenMetrics alone has them. */
  unit: string | undefined
  /** Its values, in order. */
  readonly samples: Sample[]
}

const TEXT_TYPES: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
  untyped: [''],
}
const OPENMETRICS_TYPES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  gaugehistogram: ['_bucket', '_gsum', '_gcount'],
  stateset: [''],
  info: ['_info'],
  summary: ['', '_sum', '_count', '_created'],
  unknown: [''],
}

/**
 * What may follow a family's name in the names of its samples.
 *
 * @param format The format.
 * @param type The family's type.
 * @returns Nothing if there is no such type.
 */
export function suffixesOf(format: ExpositionFormat, type: string): readonly string[] | undefined {
  const types = format === 'text' ? TEXT_TYPES : OPENMETRICS_TYPES
  return Object.hasOwn(types, type) ? types[type] : undefined
}

/**
 * Says what is wrong with the values of a family.
 *
 * @param format The format.
 * @param family The family.
 */
export function* familyProblems(format: ExpositionFormat, family: ParsedFamily): Generator<ExpositionProblem> {
  const isOpenMetrics = format === 'openmetrics'
  yield* duplicates(family)
  for (const sample of family.samples) {
    const problem = valueProblem(family, sample) ?? exemplarProblem(family, sample)
    if (problem !== undefined) yield { line: sample.line, problem }
  }
  if (isOpenMetrics) yield* scattered(family)
  if (family.type === 'histogram' || family.type === 'gaugehistogram') yield* histogramProblems(family)
  if (isOpenMetrics && family.type === 'counter') yield* missingTotals(family)
}

function* duplicates({ samples }: ParsedFamily): Generator<ExpositionProblem> {
  const seen = new Map<string, number>()
  for (const { name, labels, line } of samples) {
    const key = `${name} ${keyOf(labels)}`
    const first = seen.get(key)
    if (first === undefined) seen.set(key, line)
    else yield { line, problem: `the same series is in line ${first}` }
  }
}

function valueProblem({ name: family, type }: ParsedFamily, { name, value, labels }: Sample): string | undefined {
  const suffix = name.slice(family.length)
  const isCounter = (type === 'counter' && suffix !== '_created') || suffix === '_bucket' || suffix === '_count'
  if (isCounter && type !== 'gauge' && type !== 'untyped' && !(value >= 0))
    return `what only grows is never ${Number.isNaN(value) ? 'NaN' : 'below zero'}`
  if (suffix === '_bucket' && !Number.isInteger(value)) return 'a bucket holds a whole number'
  if (suffix === '_bucket' && toBound(labels.le) === undefined) return 'a bucket needs the label le, with a number'
  if (type === 'summary' && suffix === '') {
    const quantile = Number(labels.quantile)
    if (labels.quantile === undefined || !(quantile >= 0 && quantile <= 1))
      return 'a summary needs the label quantile, from 0 to 1'
    if (value < 0) return 'a quantile is never below zero'
  }
  if (type === 'stateset' && ((value !== 0 && value !== 1) || labels[family] === undefined))
    return `a state is 0 or 1, and has the label ${family}`
  if (type === 'info' && value !== 1) return 'the value of an info is 1'
}

/** Longest labels of an exemplar together, in characters. OpenMetrics 1.0, "Exemplars". */
const EXEMPLAR_CHARACTERS = 128

function exemplarProblem({ name: family, type }: ParsedFamily, { name, labels, exemplar }: Sample): string | undefined {
  if (exemplar === undefined) return
  const suffix = name.slice(family.length)
  if (suffix !== '_bucket' && !(type === 'counter' && suffix === '_total'))
    return 'only buckets and totals have exemplars'
  const length = [...Object.entries(exemplar.labels).flat().join('')].length
  if (length > EXEMPLAR_CHARACTERS)
    return `labels of an exemplar are ${EXEMPLAR_CHARACTERS} characters at most, and these are ${length}`
  const bound = suffix === '_bucket' ? toBound(labels.le) : undefined
  if (bound !== undefined && !(exemplar.value <= bound)) return `the exemplar is not in its bucket: ${exemplar.value}`
}

/** The samples of one label set stand together. */
function* scattered(family: ParsedFamily): Generator<ExpositionProblem> {
  const done = new Set<string>()
  let current: string | undefined
  for (const sample of family.samples) {
    const key = groupOf(family, sample)
    if (key === current) continue
    if (done.has(key)) yield { line: sample.line, problem: 'lines of one label set stand together' }
    done.add(key)
    current = key
  }
}

function* missingTotals(family: ParsedFamily): Generator<ExpositionProblem> {
  const groups = Map.groupBy(family.samples, (sample) => groupOf(family, sample))
  for (const samples of groups.values())
    if (!samples.some(({ name }) => name === `${family.name}_total`))
      yield { line: (samples[0] as Sample).line, problem: `a counter needs ${family.name}_total` }
}

function* histogramProblems(family: ParsedFamily): Generator<ExpositionProblem> {
  const isGauge = family.type === 'gaugehistogram'
  for (const samples of Map.groupBy(family.samples, (sample) => groupOf(family, sample)).values()) {
    const named = (suffix: string): readonly Sample[] => samples.filter(({ name }) => name === family.name + suffix)
    const buckets = named('_bucket').filter(({ labels }) => toBound(labels.le) !== undefined)
    const [sum] = named(isGauge ? '_gsum' : '_sum')
    const [count] = named(isGauge ? '_gcount' : '_count')
    const { line } = samples[0] as Sample
    for (const [index, bucket] of buckets.entries()) {
      const previous = buckets[index - 1]
      if (previous === undefined) continue
      // Two of one bound are told as the same series, unless they are written in different ways.
      if (!(boundOf(bucket) > boundOf(previous))) yield { line: bucket.line, problem: 'bounds of buckets ascend' }
      if (bucket.value < previous.value) yield { line: bucket.line, problem: 'buckets hold those before them as well' }
    }
    const last = buckets.at(-1)
    if (last === undefined || boundOf(last) !== Infinity)
      yield { line: last?.line ?? line, problem: 'the last bucket is that of +Inf' }
    else if (count !== undefined && count.value !== last.value)
      yield { line: count.line, problem: `the count is that of the bucket +Inf: ${last.value}` }
    if (count === undefined) yield { line, problem: 'a histogram needs its count' }
    if (sum === undefined) yield { line, problem: 'a histogram needs its sum' }
  }
}

/** Of what samples of one label set have in common. */
function groupOf({ type }: ParsedFamily, { labels }: Sample): string {
  const { le, quantile, ...others } = labels
  if (type === 'histogram' || type === 'gaugehistogram')
    return keyOf({ ...others, ...(quantile !== undefined && { quantile }) })
  if (type === 'summary') return keyOf({ ...others, ...(le !== undefined && { le }) })
  return keyOf(labels)
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function boundOf({ labels }: Sample): number {
  return toBound(labels.le) as number
}

function toBound(le: string | undefined): number | undefined {
  const bound = le === '+Inf' ? Infinity : Number(le || Number.NaN)
  return Number.isNaN(bound) ? undefined : bound
}
