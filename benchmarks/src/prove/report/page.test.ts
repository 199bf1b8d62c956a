import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawCharts, renderPage } from './page.ts'
import { CHARTS, PAGE, readReport } from './report.ts'

const report = readReport()

test.runIf(report !== undefined)('docs/prove.md and its charts are what the kept report gives', () => {
  if (report === undefined) return
  expect(readFileSync(PAGE, 'utf8')).toBe(renderPage(report))
  const charts = drawCharts(report)
  for (const [file, svg] of charts) expect(readFileSync(join(CHARTS, file), 'utf8'), file).toBe(svg)
  for (const [, file = ''] of renderPage(report).matchAll(/\]\(prove\/([\w-]+\.svg)\)/g))
    expect(existsSync(join(CHARTS, file)), file).toBe(true)
})
