// pnpm bench [name…] [--quick] [--page]
//
// Runs benches: all of them, or those named (`micro`, `core`, `load/hooks`, or one group: `core/emit-to-nobody`). Whole
// benches that ran thoroughly replace their file in results/ and the page; --quick and single groups only print.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { figuresOf, importBench, type Selection, select } from './catalogue.ts'
import type { FigureResult } from './figures/results.ts'
import { runFigures } from './figures/run.ts'
import { thisMachine } from './machine.ts'
import { renderFigures, renderGroup, renderPage } from './page.ts'
import { type GroupResult, readResults, writeResult } from './results.ts'
import { runGroup } from './run-group.ts'
import { QUICK, type Settings, THOROUGH } from './settings.ts'

const PAGE = fileURLToPath(new URL('../../docs/benchmarks.md', import.meta.url))

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, page: { type: 'boolean', default: false } },
  })
  if (!values.page) {
    const settings = values.quick ? QUICK : THOROUGH
    for (const selection of await select(positionals)) await runBench(selection, settings, !values.quick)
  }
  if (!values.quick) {
    writeFileSync(PAGE, renderPage(readResults()))
    say('[bench] wrote docs/benchmarks.md')
  }
}

async function runBench({ name, file, groupId }: Selection, settings: Settings, isKept: boolean): Promise<void> {
  const bench = await importBench(file)
  const { kind, title } = bench
  const isWanted = ({ id }: { readonly id: string }): boolean => groupId === undefined || id === groupId
  const results: GroupResult[] = []
  for (const { id } of bench.groups.filter(isWanted)) {
    say(`[bench] ${name}/${id}`)
    const result = await runGroup(file, id, settings)
    results.push(result)
    process.stdout.write(`\n${renderGroup(result)}\n`)
  }
  const figures: FigureResult[] = []
  for (const { id } of figuresOf(bench).filter(isWanted)) {
    say(`[bench] ${name}/${id}`)
    const result = await runFigures(file, id, settings)
    figures.push(result)
    process.stdout.write(`\n${renderFigures(result)}\n`)
  }
  if (groupId !== undefined || !isKept) return
  writeResult({
    name,
    title,
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    processes: kind === 'micro' ? settings.processes : settings.load.sets,
    rounds: kind === 'micro' ? settings.micro.rounds : settings.load.rounds,
    groups: results,
    ...(figures.length > 0 && { figures }),
  })
  say(`[bench] kept the result of ${name}`)
}

/** Beside the results, so that these can be piped. */
function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

await main().catch((error: unknown) => {
  say(`[bench] ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
})
