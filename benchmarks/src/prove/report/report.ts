import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Machine } from '../../machine.ts'
import type { OverheadReport } from '../overhead/measure.ts'
import type { PhaseReport } from '../run-phase.ts'
import type { ProveSettings } from '../settings.ts'
import type { JudgedTarget } from '../targets.ts'

/** Everything that a run of `prove` left. */
export interface ProveReport {
  readonly date: string
  readonly machine: Machine
  readonly settings: ProveSettings
  readonly targets: readonly JudgedTarget[]
  readonly phases: readonly PhaseReport[]
  readonly overhead?: OverheadReport | undefined
}

/** Where it is kept. In a folder of its own, as it is no bench. */
const RESULT = fileURLToPath(new URL('../../../results/prove/prove.json', import.meta.url))
/** The page. */
export const PAGE: string = fileURLToPath(new URL('../../../../docs/prove.md', import.meta.url))
/** The charts, beside it. */
export const CHARTS: string = fileURLToPath(new URL('../../../../docs/prove', import.meta.url))

/**
 * Keeps a report.
 *
 * @param report What.
 */
export function writeReport(report: ProveReport): void {
  mkdirSync(join(RESULT, '..'), { recursive: true })
  writeFileSync(RESULT, `${JSON.stringify(report, rounded, 1)}\n`)
}

/** The report that was kept, if there is one. */
export function readReport(): ProveReport | undefined {
  return existsSync(RESULT) ? (JSON.parse(readFileSync(RESULT, 'utf8')) as ProveReport) : undefined
}

/**
 * Writes the page and its charts.
 *
 * @param page The text.
 * @param charts By the names of their files.
 */
export function writePage(page: string, charts: ReadonlyMap<string, string>): void {
  rmSync(CHARTS, { recursive: true, force: true })
  mkdirSync(CHARTS, { recursive: true })
  for (const [file, svg] of charts) writeFileSync(join(CHARTS, file), svg)
  writeFileSync(PAGE, page)
}

/** More digits would only be noise in the diff. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
