import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Machine } from '../../machine.ts'
import type { OverheadReport } from '../overhead/measure.ts'
import type { PhaseReport } from '../run-phase.ts'
import { type ProveSettings, WHOLE } from '../settings.ts'
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

/** Where they are kept. In a folder of its own, as it is no bench. */
const RESULTS = fileURLToPath(new URL('../../../results/prove', import.meta.url))
const DOCS = fileURLToPath(new URL('../../../../docs', import.meta.url))

/**
 * Name of a report. There may be one for each rate: not every machine carries the one that is asked for.
 *
 * @param settings What it was made with.
 */
export function nameOf({ ratePerSecond }: ProveSettings): string {
  return ratePerSecond === WHOLE.ratePerSecond ? 'prove' : `prove-${ratePerSecond}`
}

/**
 * Keeps a report.
 *
 * @param report What.
 */
export function writeReport(report: ProveReport): void {
  mkdirSync(RESULTS, { recursive: true })
  writeFileSync(join(RESULTS, `${nameOf(report.settings)}.json`), `${JSON.stringify(report, rounded, 1)}\n`)
}

/** The reports that were kept. */
export function readReports(): readonly ProveReport[] {
  if (!existsSync(RESULTS)) return []
  return readdirSync(RESULTS)
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), 'utf8')) as ProveReport)
}

/**
 * Where the page of a report is, and the folder of its charts.
 *
 * @param report Which one.
 */
export function placesOf({ settings }: ProveReport): { readonly page: string; readonly charts: string } {
  const name = nameOf(settings)
  return { page: join(DOCS, `${name}.md`), charts: join(DOCS, name) }
}

/**
 * Writes a page and its charts.
 *
 * @param places Where to.
 * @param text The text.
 * @param charts By the names of their files.
 */
export function writePage(
  places: { readonly page: string; readonly charts: string },
  text: string,
  charts: ReadonlyMap<string, string>,
): void {
  rmSync(places.charts, { recursive: true, force: true })
  mkdirSync(places.charts, { recursive: true })
  for (const [file, svg] of charts) writeFileSync(join(places.charts, file), svg)
  writeFileSync(places.page, text)
}

/** More digits would only be noise in the diff. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value
}
