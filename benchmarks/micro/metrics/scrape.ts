import type { HttpExchange } from '@breakwater/core'
import { createMetrics, type Metrics } from '@breakwater/metrics'
import { Gauge as NextGauge, Registry as NextRegistry } from '@prometheus-io/client'
import { Gauge, Registry } from 'prom-client'
import {
  type FigureClaim,
  type FigureGroup,
  type FigureSubject,
  isAtMost,
  isAtMostTimes,
} from '../../src/figures/group.ts'
import { toSpread } from '../../src/statistics.ts'

const SIZES = [1_000, 10_000, 100_000]
const SCRAPES = 9
/** The first ones are still being compiled. */
const SKIPPED = 3
/** How far all values move between two scrapes: to some that have decimals. */
const STEP = 1_000.25

const toText = (size: number): string => size.toLocaleString('en')
const cpuOf = (size: number): string => `ms of CPU, ${toText(size)} series`
const blockOf = (size: number): string => `longest block, ${toText(size)} series`
const FIGURES = SIZES.flatMap((size) => [cpuOf(size), blockOf(size)])

/** Something with so many series, which can be scraped. */
interface Scraped {
  /** Gives each series another value. */
  move(by: number): void
  /** Resolves to how many characters or bytes it has. */
  scrape(): Promise<number>
  close?(): Promise<void>
}

function subject(name: string, create: (size: number) => Scraped): FigureSubject {
  return {
    name,
    async measure(scale) {
      const taken: Record<string, number> = {}
      for (const size of SIZES) {
        const { move, scrape, close } = create(Math.ceil(size * scale))
        const cpuMs: number[] = []
        const blockMs: number[] = []
        const skipped = Math.floor(SKIPPED * scale)
        for (let index = 0; index < SCRAPES * scale + skipped; index++) {
          move((index + 1) * STEP)
          globalThis.gc?.({ type: 'minor' })
          const measured = await watch(scrape)
          if (index < skipped) continue
          cpuMs.push(measured.cpuMs)
          blockMs.push(measured.blockMs)
        }
        await close?.()
        taken[cpuOf(size)] = toSpread(cpuMs).median
        taken[blockOf(size)] = toSpread(blockMs).median
      }
      return taken
    },
  }
}

/** Somebody else wants every turn of the event loop: for how much of this thread's time does he wait at most? */
async function watch(scrape: () => Promise<number>): Promise<{ readonly cpuMs: number; readonly blockMs: number }> {
  let blockMs = 0
  let isOver = false
  let lastMs = threadMs()
  const turn = (): void => {
    const nowMs = threadMs()
    blockMs = Math.max(blockMs, nowMs - lastMs)
    lastMs = nowMs
    if (!isOver) setImmediate(turn)
  }
  await new Promise((resolve) => setImmediate(resolve))
  setImmediate(turn)
  lastMs = threadMs()
  const start = process.cpuUsage()
  const size = await scrape()
  const { user, system } = process.cpuUsage(start)
  if (size === 0) throw new Error('Cannot measure a scrape that has nothing')
  await new Promise((resolve) => setImmediate(resolve))
  isOver = true
  return { cpuMs: (user + system) / 1_000, blockMs }
}

/** CPU time of this thread: a clock would go on while another process has the core. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

const LABELS = ['tenant', 'queue'] as const

/** Labels as they might be. */
function labelsOf(index: number): Record<(typeof LABELS)[number], string> {
  return { tenant: `tenant-${index % 100}`, queue: `queue-${Math.floor(index / 100)}` }
}

function ours(size: number, registry?: Registry): Pick<Scraped, 'move'> & { readonly metrics: Metrics } {
  const metrics = createMetrics({ process: false, maxSeriesPerFamily: size, registry })
  const gauge = metrics.gauge({ name: 'jobs_waiting', help: 'Jobs that wait.', labels: LABELS })
  const series = Array.from({ length: size }, (_, index) => gauge.with(labelsOf(index)))
  const move = (by: number): void => {
    for (const [index, one] of series.entries()) one.set(index + by)
  }
  return { metrics, move }
}

function throughEndpoint(encoding?: string) {
  return (size: number): Scraped => {
    const { metrics, move } = ours(size)
    const header = (name: string): string | undefined => (name === 'accept-encoding' ? encoding : undefined)
    const exchange = { method: 'GET', path: '/metrics', header } as HttpExchange
    return {
      move,
      async scrape() {
        const { body = '' } = await metrics.endpoint(exchange)
        if (typeof body === 'string' || body instanceof Uint8Array) return body.length
        let length = 0
        for await (const piece of body) length += piece.length
        return length
      },
      close: () => metrics.close(),
    }
  }
}

function throughRegistry(size: number): Scraped {
  const registry = new Registry()
  const { metrics, move } = ours(size, registry)
  return { move, scrape: async () => (await registry.metrics()).length, close: () => metrics.close() }
}

function moveAll(gauge: Pick<Gauge<(typeof LABELS)[number]>, 'set'>, size: number, by: number): void {
  for (let index = 0; index < size; index++) gauge.set(labelsOf(index), index + by)
}

function promClient(size: number): Scraped {
  const registry = new Registry()
  const gauge = new Gauge({ name: 'jobs_waiting', help: 'Jobs that wait.', labelNames: LABELS, registers: [registry] })
  return { move: (by) => moveAll(gauge, size, by), scrape: async () => (await registry.metrics()).length }
}

function nextClient(size: number): Scraped {
  const registry = new NextRegistry()
  const options = { name: 'jobs_waiting', help: 'Jobs that wait.', labelNames: LABELS, registers: [registry] }
  const gauge = new NextGauge(options)
  return { move: (by) => moveAll(gauge, size, by), scrape: async () => (await registry.metrics()).length }
}

const OWN = 'createMetrics, own endpoint'
const GZIP = 'createMetrics, own endpoint, gzip'
const MOUNTED = 'createMetrics, registry of prom-client'
const MOST = SIZES.at(-1) as number

const PEER = 'prom-client'

const claims: readonly FigureClaim[] = [
  isAtMost(MOUNTED, cpuOf(MOST), 20, 'A scrape every 15 s should cost next to nothing, also of very many series.'),
  isAtMostTimes(
    MOUNTED,
    cpuOf(MOST),
    20 / 144,
    PEER,
    'The goal of 20 ms was set on a machine on which that takes 126 ms to 144 ms: so it holds on slower ones, too.',
  ),
  isAtMost(OWN, blockOf(MOST), 5, 'No request should wait for a scrape.'),
  isAtMost(GZIP, blockOf(MOST), 5, 'The same where the scraper saves bytes, as Prometheus does.'),
]

/** What a scrape costs, and how long others wait for it. */
export const scrapes: FigureGroup = {
  id: 'scrape',
  title: 'A scrape of very many series',
  about:
    'CPU time of a scrape of a gauge with two labels, and for how long at most nobody else has the event loop, in CPU time of its thread. The response is made whole, and sent nowhere. All values have moved since the scrape before.',
  figures: FIGURES,
  tables: [
    { title: 'ms of CPU', columns: SIZES.map((size) => ({ head: `${toText(size)} series`, figure: cpuOf(size) })) },
    {
      title: 'longest block, ms',
      columns: SIZES.map((size) => ({ head: `${toText(size)} series`, figure: blockOf(size) })),
    },
  ],
  ours: [subject(OWN, throughEndpoint()), subject(GZIP, throughEndpoint('gzip')), subject(MOUNTED, throughRegistry)],
  peers: [subject(PEER, promClient), subject('@prometheus-io/client', nextClient)],
  claims,
}
