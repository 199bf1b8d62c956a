// npm run prove -- [--seconds 40] [--rate 1000] [--only base,redis] [--quick] [--page]
//
// Starts the task server for real, loads it while things break, and checks what its clients saw. A whole run keeps its report, and writes
// docs/prove.md, or docs/prove-<rate>.md; with --quick or --only it only prints. Exit code 1 if something was found wrong; a target that
// is missed is told.
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { thisMachine } from '../machine.ts'
import { PHASES } from './phases.ts'
import { prove } from './prove.ts'
import { drawCharts, renderPage } from './report/page.ts'
import { type ProveReport, placesOf, readReports, writePage, writeReport } from './report/report.ts'
import { QUICK, WHOLE } from './settings.ts'

const PARTS = [...PHASES.map(({ id }) => id), 'overhead']

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string' },
      rate: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      page: { type: 'boolean', default: false },
    },
  })
  if (values.page) return keepPages()
  const base = values.quick ? QUICK : WHOLE
  const seconds = values.seconds === undefined ? base.seconds : Number(values.seconds)
  if (!(seconds >= 3 && seconds <= 600))
    throw new RangeError(`Expected --seconds to be from 3 to 600, got ${values.seconds}`)
  const ratePerSecond = values.rate === undefined ? base.ratePerSecond : Number(values.rate)
  const settings = { ...base, seconds, ratePerSecond, awaySeconds: Math.min(base.awaySeconds, seconds / 3) }
  if (!(ratePerSecond >= 1 && ratePerSecond <= 100_000))
    throw new RangeError(`Expected --rate to be from 1 to 100000, got ${values.rate}`)
  const only = values.only?.split(',') ?? PARTS
  const unknown = only.find((part) => !PARTS.includes(part))
  if (unknown !== undefined) throw new RangeError(`Expected --only to be of ${PARTS.join(', ')}, got "${unknown}"`)

  const { signal, stop } = stopSignal()
  const { report, wrong } = await prove({ settings, only, signal, tell: createTeller() })
  stop()
  const whole: ProveReport = {
    date: new Date().toISOString().slice(0, 10),
    machine: thisMachine(),
    settings,
    ...report,
  }
  process.stdout.write(`\n${renderPage(whole)}\n`)
  if (values.only === undefined && !values.quick) {
    writeReport(whole)
    keepPages()
  }
  for (const line of wrong) process.stdout.write(`WRONG: ${line}\n`)
  process.exitCode = wrong.length > 0 ? 1 : 0
}

function keepPages(): void {
  for (const report of readReports()) {
    const places = placesOf(report)
    writePage(places, renderPage(report), drawCharts(report))
    process.stderr.write(`[prove] wrote ${relative(process.cwd(), places.page)}\n`)
  }
}

/** Everything is ended in order before this process is. */
function stopSignal(): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const abort = (name: NodeJS.Signals): void => controller.abort(new Error(`It was told to stop by ${name}`))
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, abort)
  return {
    signal: controller.signal,
    stop: () => void process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM'),
  }
}

/** Progress replaces itself on a terminal; elsewhere every tenth is a line. */
function createTeller(): (text: string, isProgress: boolean) => void {
  const { stderr } = process
  let isOpen = false
  let skipped = 0
  return (text, isProgress) => {
    if (isProgress && stderr.isTTY) {
      stderr.write(`\r\u001b[K[prove] ${text}`)
      isOpen = true
      return
    }
    if (isProgress && skipped++ % 10 !== 0) return
    stderr.write(`${isOpen ? '\n' : ''}[prove] ${text}\n`)
    isOpen = false
  }
}

// What holds the servers is a process that this one would wait for.
await main().then(
  () => process.exit(),
  (error: unknown) => {
    process.stderr.write(`[prove] ${error instanceof Error ? error.message : error}\n`)
    process.exit(1)
  },
)
