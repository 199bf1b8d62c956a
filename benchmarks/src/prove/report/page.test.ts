import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { drawCharts, renderPage } from './page.ts'
import { nameOf, placesOf, readReports } from './report.ts'

const reports = readReports()

test.runIf(reports.length > 0)('pages and their charts are what the kept reports give', () => {
  for (const report of reports) {
    const { page, charts } = placesOf(report)
    const text = renderPage(report)
    expect(readFileSync(page, 'utf8'), page).toBe(text)
    for (const [file, svg] of drawCharts(report)) expect(readFileSync(join(charts, file), 'utf8'), file).toBe(svg)
    const linked = [...text.matchAll(/\]\(([\w-]+)\/([\w-]+\.svg)\)/g)]
    expect(linked.length).toBeGreaterThan(0)
    for (const [, folder, file = ''] of linked)
      expect([folder, existsSync(join(charts, file))], file).toEqual([nameOf(report.settings), true])
  }
})
