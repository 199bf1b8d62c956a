import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { usePromtool } from '@breakwater/testing/services'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const FOLDER = join(import.meta.dirname, '..')
const PACKAGES = join(FOLDER, '..')
const files = (pattern: string): string[] => globSync(pattern, { cwd: FOLDER }).map((file) => join(FOLDER, file))
const DASHBOARDS = files('dashboards/*.json')
const RULES = files('rules/*.yml')

const promtool = usePromtool()
let temporary = ''
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'breakwater-rules-'))
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string }[]
}

function panelsOf(file: string): readonly Panel[] {
  return JSON.parse(readFileSync(file, 'utf8')).panels
}

function expressionsOf(file: string): readonly string[] {
  return panelsOf(file).flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
}

/** Names of the metrics that an expression reads: what labels and functions leave. */
function metricsIn(expression: string): readonly string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|on|ignoring|without) \([^)]*\)/g, '')
  return [...bare.matchAll(/\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b(?! ?\()/g)].map(([name]) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  )
}

/** Of which source files say the name. What they put together from parts is in the second. */
const sources = globSync('*/src/lib/**/*.ts', { cwd: PACKAGES })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => readFileSync(join(PACKAGES, file), 'utf8'))
  .join('\n')
const COMPOSED = /^nodejs_(?:active|eventloop_lag|heap_space_size)_|^websocket_|^metrics_/
const KINDS = 'adaptive_limit|breaker|bulkhead|cache|fallback|health|http|log_destination|logger|metrics|monitor|nodejs'
const MORE_KINDS = 'pipeline|process|retry|retry_budget|shutdown|timeout|tracing|websocket'
/** Words with the beginning of a metric's name that are none. */
const NO_METRICS = new Set(['log_destination', 'retry_budget'])

const measured = new Set(
  [...sources.matchAll(new RegExp(`name: '((?:${KINDS}|${MORE_KINDS})_[a-z0-9_]+)'`, 'g'))]
    .concat([...sources.matchAll(/(?:counter|gauge|histogram|labelled|seconds)\(\s*(?:\w+, )?'([a-z]+_[a-z0-9_]+)'/g)])
    .map(([, name = '']) => name)
    // Names of OpenTelemetry are the others under another name.
    .filter((name) => !name.startsWith('http_server_') && !NO_METRICS.has(name)),
)

describe('rules', () => {
  test('pass `promtool check rules`', async () => {
    expect(await promtool.checkRules(...RULES)).toBe('')
  })

  test('pass `promtool test rules`, which has each alert', async () => {
    expect(await promtool.testRules(...files('test/rules/*.test.yml'))).toBe('')
    const tests = files('test/rules/*.test.yml')
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const alerts = RULES.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/- alert: (\w+)/g)])
    expect(alerts.length).toBeGreaterThan(30)
    for (const [, alert] of alerts) {
      expect(tests).toContain(`alertname: ${alert}\n`)
    }
  })

  test('read only what is measured or recorded', () => {
    const text = RULES.map((file) => readFileSync(file, 'utf8')).join('\n')
    const recorded = [...text.matchAll(/- record: (\S+)/g)].map(([, name = '']) => name)
    const expressions = [...text.matchAll(/ expr: (?:>-\n)?([\s\S]*?)\n(?= {6}-| {8}\w| {2}-|$)/g)].map(
      ([, one = '']) => one,
    )
    expect(expressions.length).toBe([...text.matchAll(/ expr: /g)].length)
    for (const expression of expressions) {
      for (const [name] of expression.matchAll(/\b[a-z_]+:[a-z_]+:\w+/g)) expect(recorded).toContain(name)
      for (const name of metricsIn(expression.replace(/\b[a-z_]+:[a-z_]+:\w+/g, '')))
        expect(isMeasured(name), name).toBe(true)
    }
  })
})

describe('dashboards', () => {
  test.for(DASHBOARDS)('%s has expressions that Prometheus understands', async (file) => {
    const rules = expressionsOf(file).map((expression, index) => ({
      record: `dashboard:panel_${index}:value`,
      expr: expression.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*'),
    }))
    const copy = join(temporary, `${basename(file)}.yml`)
    writeFileSync(copy, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
    expect(await promtool.checkRules(copy)).toBe('')
  })

  test('read only what is measured', () => {
    const unknown = DASHBOARDS.flatMap(expressionsOf)
      .flatMap(metricsIn)
      .filter((name) => !isMeasured(name))
    expect([...new Set(unknown)]).toEqual([])
  })

  test('show everything that is measured', () => {
    const shown = new Set(DASHBOARDS.flatMap(expressionsOf).flatMap(metricsIn))
    expect(measured.size).toBeGreaterThan(100)
    expect([...measured].filter((name) => !shown.has(name))).toEqual([])
  })

  test('have panels that do not cover each other, and ids of their own', () => {
    for (const file of DASHBOARDS) {
      const panels = panelsOf(file) as readonly (Panel & {
        id: number
        gridPos: Record<'x' | 'y' | 'w' | 'h', number>
      })[]
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
      )
      expect(new Set(cells).size).toBe(cells.length)
      expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24)
    }
  })
})

function isMeasured(name: string): boolean {
  return measured.has(name) || sources.includes(`'${name}'`) || COMPOSED.test(name)
}
