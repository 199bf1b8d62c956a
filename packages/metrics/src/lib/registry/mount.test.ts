import { systemClock } from '@breakwater/core'
import * as platformatic from '@platformatic/prom-client'
import * as prometheus from '@prometheus-io/client'
import * as prom from 'prom-client'
import { describe, expect, test } from 'vitest'
import { createCollection } from '../exposition/collect.ts'
import { OPENMETRICS } from '../exposition/openmetrics.ts'
import { createScraper } from '../exposition/scrape.ts'
import { TEXT } from '../exposition/text.ts'
import type { Family, Row } from '../series/family.ts'
import { createLabelSet, NO_LABELS } from '../series/label-set.ts'
import { createForeign } from './foreign.ts'
import { type Mount, mount } from './mount.ts'
import type { RegistryPort } from './port.ts'

const CLIENTS = [
  ['prom-client', prom],
  ['@prometheus-io/client', prometheus as unknown as typeof prom],
  ['@platformatic/prom-client', platformatic as unknown as typeof prom],
] as const

function family(type: Family['type'], name: string, rows: readonly Row[]): Family {
  return { name, help: `Help of ${name}.`, type, rows: () => rows }
}

const snapshot = { bounds: [0.5, 1], counts: [1, 2], count: 3, sum: 7.5 }
const COUNTER = family('counter', 'ours_total', [{ labels: createLabelSet({ a: 'x"y' }), value: 3 }])
const HISTOGRAM = family('histogram', 'ours_seconds', [{ labels: createLabelSet({ a: 'b' }), value: snapshot }])
const FAMILIES = [COUNTER, HISTOGRAM]

interface Setup {
  readonly mounted: Mount
  readonly failures: readonly string[]
  readonly text: (format?: typeof TEXT) => Promise<string>
}

function setUp(
  registry: RegistryPort,
  families: () => readonly Family[] | Promise<readonly Family[]> = () => FAMILIES,
): Setup {
  const failures: string[] = []
  const onFailure = (name: string, error: unknown): void => void failures.push(`${name}: ${(error as Error).message}`)
  const clock = systemClock
  const collectors = [{ name: 'test', collect: families }]
  const collection = createCollection({ collectors: () => collectors, timeoutMs: 1_000, onFailure, clock })
  const aggregatorOf = (): string => 'sum'
  const mounted = mount({ registry, collection, aggregatorOf, reset: () => {}, onFailure, clock })
  const foreign = createForeign({ registry, isOurs: mounted.has, timeoutMs: 50, onFailure, clock })
  const extraLabels = (): ReturnType<Mount['defaultLabels']> => mounted.defaultLabels()
  const scraper = createScraper({ families: () => collection.collect(), foreign, extraLabels, onFailure, clock })
  const text = async (format = TEXT): Promise<string> => {
    let all = ''
    for await (const piece of scraper.text(format)) all += piece
    return all
  }
  return { mounted, failures, text }
}

describe.each(CLIENTS)('%s', (_, { Registry, Gauge, Counter, Histogram, AggregatorRegistry }) => {
  test('metrics() has our families beside the others', async () => {
    const registry = new Registry()
    new Gauge({ name: 'theirs', help: 'Theirs.', registers: [registry] }).set(1)
    setUp(registry)
    expect(await registry.metrics()).toBe(
      [
        '# HELP theirs Theirs.',
        '# TYPE theirs gauge',
        'theirs 1',
        '',
        '# HELP ours_total Help of ours_total.',
        '# TYPE ours_total counter',
        'ours_total{a="x\\"y"} 3',
        '',
        '# HELP ours_seconds Help of ours_seconds.',
        '# TYPE ours_seconds histogram',
        'ours_seconds_bucket{a="b",le="0.5"} 1',
        'ours_seconds_bucket{a="b",le="1"} 2',
        'ours_seconds_bucket{a="b",le="+Inf"} 3',
        'ours_seconds_sum{a="b"} 7.5',
        'ours_seconds_count{a="b"} 3',
        '',
      ].join('\n'),
    )
  })

  test('metrics() adds the default labels that the registry has then', async () => {
    const registry = new Registry()
    setUp(registry, () => [COUNTER, family('gauge', 'bare', [{ labels: NO_LABELS, value: 1 }])])
    registry.setDefaultLabels({ app: 'q"\\\n', a: 'default' })
    const text = await registry.metrics()
    expect(text).toContain('\nours_total{a="x\\"y",app="q\\"\\\\\\n"} 3\n')
    expect(text).toContain('\nbare{app="q\\"\\\\\\n",a="default"} 1\n')
    registry.setDefaultLabels({})
    expect(await registry.metrics()).toContain('\nours_total{a="x\\"y"} 3\n')
  })

  test('metrics() is OpenMetrics where the registry is, as often as it is asked', async () => {
    const registry = new Registry()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    registry.setDefaultLabels({ app: 'x' })
    const { mounted } = setUp(registry)
    const expected = [
      '# HELP ours Help of ours_total.',
      '# TYPE ours counter',
      'ours_total{a="x\\"y",app="x"} 3',
      '# HELP ours_seconds Help of ours_seconds.',
      '# TYPE ours_seconds histogram',
      '# UNIT ours_seconds seconds',
      'ours_seconds_bucket{a="b",app="x",le="0.5"} 1',
      'ours_seconds_bucket{a="b",app="x",le="1.0"} 2',
      'ours_seconds_bucket{a="b",app="x",le="+Inf"} 3',
      'ours_seconds_sum{a="b",app="x"} 7.5',
      'ours_seconds_count{a="b",app="x"} 3',
      '# EOF',
      '',
    ].join('\n')
    expect(await registry.metrics()).toBe(expected)
    expect(await registry.metrics()).toBe(expected)
    mounted.unmount()
    expect(registry.getMetricsAsArray()).toEqual([])
  })

  test('metrics() waits for collectors that take their time', async () => {
    const registry = new Registry()
    const { mounted } = setUp(registry, async () => FAMILIES)
    await registry.metrics()
    mounted.add(FAMILIES)
    expect(await registry.metrics()).toContain('ours_seconds_count{a="b"} 3\n')
  })

  test('metrics() has families that came later', async () => {
    const registry = new Registry()
    const families = [COUNTER]
    setUp(registry, () => families)
    await Promise.resolve()
    families.push(HISTOGRAM)
    await registry.metrics()
    expect(await registry.metrics()).toContain('ours_seconds_count')
  })

  test('metrics() is right where the registry writes no lines but its own', async () => {
    class Strict extends Registry {
      override async getSingleMetricAsString(name: string): Promise<string> {
        return (await super.getSingleMetricAsString(name)).replaceAll('\n#', ' #')
      }
    }
    const registry = new Strict()
    registry.setDefaultLabels({ app: 'x' })
    setUp(registry, () => [
      family('counter', 'ours_total', [{ labels: createLabelSet({ a: 'b' }), value: 3 }]),
      HISTOGRAM,
    ])
    const text = await registry.metrics()
    expect(text).toContain('ours_total{a="b",app="x"} 3\n')
    expect(text).toContain('ours_seconds_bucket{le="0.5",a="b",app="x"} 1\n')
  })

  test('getMetricsAsJSON() has plain values', async () => {
    const registry = new Registry()
    registry.setDefaultLabels({ app: 'x' })
    setUp(registry)
    const [counter, histogram] = await registry.getMetricsAsJSON()
    expect(counter).toMatchObject({ name: 'ours_total', type: 'counter', aggregator: 'sum' })
    expect(counter?.values).toEqual([{ value: 3, labels: { a: 'x"y', app: 'x' } }])
    expect(histogram?.values).toHaveLength(5)
    expect(histogram?.values[0]).toEqual({
      value: 1,
      labels: { le: 0.5, a: 'b', app: 'x' },
      metricName: 'ours_seconds_bucket',
    })
  })

  test("the client's own aggregation adds up our families", async () => {
    const registries = [new Registry(), new Registry()]
    for (const registry of registries) setUp(registry)
    const parts = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()))
    const text = await AggregatorRegistry.aggregate(parts as never).metrics()
    expect(text).toContain('ours_total{a="x\\"y"} 6\n')
    expect(text).toContain('ours_seconds_bucket{le="+Inf",a="b"} 6\n')
    expect(text).toContain('ours_seconds_sum{a="b"} 15\n')
  })

  test('merge() shows our families in the merged registry', async () => {
    const registry = new Registry()
    setUp(registry)
    expect(await Registry.merge([registry, new Registry()]).metrics()).toContain('ours_total{a="x\\"y"} 3\n')
  })

  test('resetMetrics() and clear() break nothing', async () => {
    const registry = new Registry()
    const { text } = setUp(registry)
    registry.resetMetrics()
    registry.clear()
    expect(await registry.metrics()).not.toContain('ours')
    expect(await text()).toContain('ours_total{a="x\\"y"} 3\n')
  })

  test.each(['ours_seconds', 'ours_seconds_count'])('mount() registers nothing if the registry has %s', (name) => {
    const registry = new Registry()
    new Gauge({ name, help: 'Theirs.', registers: [registry] })
    expect(() => setUp(registry)).toThrow(
      new TypeError(`Cannot register "${name}" as the registry has a metric of this name: nothing was registered`),
    )
    expect(registry.getMetricsAsArray()).toHaveLength(1)
  })

  test('unmount() takes out ours only', () => {
    const registry = new Registry()
    new Gauge({ name: 'theirs', help: 'Theirs.', registers: [registry] })
    const { mounted } = setUp(registry)
    registry.removeSingleMetric('ours_total')
    new Gauge({ name: 'ours_total', help: 'Now theirs.', registers: [registry] })
    mounted.unmount()
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(['theirs', 'ours_total'])
  })

  test('a family whose name the user takes later is left out, and told', async () => {
    const registry = new Registry()
    const families = [COUNTER]
    const { text, failures, mounted } = setUp(registry, () => families)
    await Promise.resolve()
    new Gauge({ name: 'ours_seconds', help: 'Theirs.', registers: [registry] }).set(5)
    families.push(HISTOGRAM)
    await registry.metrics()
    expect(mounted.isRefused('ours_seconds')).toBe(true)
    expect(failures).toEqual([expect.stringContaining('"ours_seconds"')])
    expect(await text()).toContain('ours_total')
  })

  test('a scrape has the metrics of the user, in both formats', async () => {
    const registry = new Registry()
    const { text } = setUp(registry)
    new Counter({ name: 'theirs_total', help: 'A "b"\\.', labelNames: ['l'], registers: [registry] }).inc({ l: 'v' }, 2)
    const histogram = { name: 'theirs_seconds', help: 'H.', labelNames: ['l'], buckets: [1], registers: [registry] }
    new Histogram(histogram).observe({ l: 'v' }, 0.5)
    registry.setDefaultLabels({ app: 'x' })
    const plain = await text()
    expect(plain).toContain(
      '# HELP theirs_total A "b"\\\\.\n# TYPE theirs_total counter\ntheirs_total{app="x",l="v"} 2\n',
    )
    const open = await text(OPENMETRICS)
    expect(open).toContain('# TYPE theirs counter\n# HELP theirs A \\"b\\"\\\\.\ntheirs_total{app="x",l="v"} 2\n')
    expect(open).toMatch(/theirs_seconds_bucket\{[^}]*le="1\.0"[^}]*\} 1\n/)
    expect(open.endsWith('\n# EOF\n')).toBe(true)
  })

  test('a scrape has what an OpenMetrics registry has renamed', async () => {
    const registry = new Registry()
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
    new Counter({ name: 'theirs_total', help: 'T.', registers: [registry] }).inc(2)
    const { text } = setUp(registry)
    await registry.metrics()
    expect(await text()).toContain('# TYPE theirs_total counter\ntheirs_total 2\n')
    expect(await text(OPENMETRICS)).toContain('# TYPE theirs counter\n# HELP theirs T.\ntheirs_total 2\n')
  })

  test("a user's metric that fails, hangs or is broken costs its own lines", async () => {
    const registry = new Registry()
    const { text, failures } = setUp(registry)
    const registers = [registry]
    const fail = (): never => {
      throw new Error('boom')
    }
    new Gauge({ name: 'failing', help: 'F.', collect: fail, registers })
    new Gauge({ name: 'hanging', help: 'H.', collect: () => new Promise<void>(() => {}), registers })
    const injected = { toString: () => 'v"} 1\ninjected{x="' }
    new Gauge({ name: 'odd', help: 'O\n# TYPE', labelNames: ['l'], registers }).set({ l: injected as never }, 1)
    const broken = [
      { value: 'NaN', labels: {} },
      { value: 1, labels: { 'no-label': 'x' } },
      { value: 1, labels: {}, metricName: 'elsewhere' },
      { value: 1, labels: { a: Object.create(null) } },
      { value: 2, labels: {} },
      { value: 3, labels: {} },
    ]
    registry.registerMetric({
      name: 'broken',
      help: 'B.',
      type: 'gauge',
      get: () => ({ help: 'B.', type: 'gauge', values: broken }),
    } as never)
    registry.registerMetric({ name: 'no name', help: 'B.', type: 'gauge', get: () => ({ values: [] }) } as never)
    const result = await text()
    expect(result).toContain('odd{l="v\\"} 1\\ninjected{x=\\""} 1\n')
    expect(result).toContain('# TYPE broken gauge\nbroken 2\n')
    expect(result).toContain('ours_total')
    expect(result).not.toMatch(/failing|hanging|^injected|no name/m)
    expect(failures.toSorted()).toEqual([
      'broken: Cannot show 5 lines of "broken" as Prometheus would refuse them',
      'failing: boom',
      'hanging: Cannot collect "hanging" as it took over 50 ms: its lines are left out',
      'no name: Cannot show a metric as Prometheus would refuse its name "no name"',
    ])
  })
})
