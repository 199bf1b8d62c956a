import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { HttpExchange, HttpHook } from '@breakwater/core'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { shuffled } from '../../src/interleave.ts'
import type { Round } from '../../src/statistics.ts'
import { toSpread } from '../../src/statistics.ts'
import { OURS } from './subjects.ts'

/** Does with a request what is measured, and says whether to refuse it: who looks at a loop that is never idle may. */
type Ask = (exchange: HttpExchange) => boolean

/** Something that looks at each request, and how it is let go of. */
interface Asked {
  readonly ask: Ask
  close(): unknown
}

/** How many requests come in while the event loop takes one turn. */
const TURNS = { '20 in each turn': 20 } as const
const FLOOR = 'a hook that does nothing'
const ROUNDS = 12
/** The first ones are still being compiled. */
const SKIPPED = 2
const REQUESTS = 10_000
/** The loop takes so many turns, and is idle for so long. */
const TURNS_AT_ONCE = 100
const IDLE_MS = 1
const NS_PER_US = 1_000

/** Answers go here, or the engine would leave the questions out. */
const refused = Int32Array.of(0)

const figures: readonly string[] = Object.keys(TURNS).map((turn) => `ns, ${turn}`)

/** All three phases, as ours has them. */
function fromHook({ onStart, onHead, onEnd }: HttpHook): Ask {
  return (exchange) => {
    if (onStart?.(exchange, 0) !== undefined) throw new Error('Cannot measure what lets in, as it refuses')
    onHead?.(exchange, 0)
    onEnd?.(exchange, 0)
    return false
  }
}

const nothing: HttpHook = { onStart: () => undefined, onHead() {}, onEnd() {} }

function subject(name: string, create: () => Asked | Promise<Asked>): FigureSubject {
  return {
    name,
    async measure(scale) {
      const own = await create()
      const empty = fromHook(nothing)
      const taken: Record<string, number> = {}
      for (const [turn, perTurn] of Object.entries(TURNS))
        taken[`ns, ${turn}`] = await measureOver(empty, own.ask, perTurn, Math.max(scale, 0.05))
      await own.close()
      return taken satisfies Round
    },
  }
}

/** What one costs over the other: both in turns, each with as many turns of the event loop. */
async function measureOver(floor: Ask, ask: Ask, perTurn: number, scale: number): Promise<number> {
  const differences: number[] = []
  for (let round = 0; round < Math.max(ROUNDS * scale, SKIPPED + 1); round++) {
    const ns = new Map<Ask, number>()
    for (const each of shuffled([floor, ask], round)) ns.set(each, await nsEach(each, perTurn, REQUESTS * scale))
    if (round >= SKIPPED) differences.push((ns.get(ask) as number) - (ns.get(floor) as number))
  }
  return toSpread(differences).median
}

async function nsEach(ask: Ask, perTurn: number, requests: number): Promise<number> {
  const turns = Math.ceil(requests / perTurn)
  globalThis.gc?.({ type: 'minor' })
  const start = process.cpuUsage()
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < perTurn; i++) if (ask(toExchange())) refused[0] = 1
    await nextTurn()
    // A loop that is never idle has too much to do. Waiting takes no CPU.
    if (turn % TURNS_AT_ONCE === TURNS_AT_ONCE - 1) await sleep(IDLE_MS)
  }
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * NS_PER_US) / (turns * perTurn)
}

function toExchange(): HttpExchange {
  return {
    method: 'GET',
    path: '/tasks/7',
    route: '/tasks/:id',
    status: 200,
    outcome: undefined,
    startedAtMs: performance.now(),
    slots: [undefined],
    header: () => undefined,
    setHeader() {},
  }
}

/** What a request costs while nothing is shed. */
export const hook: FigureGroup = {
  id: 'hook',
  title: 'A request that is let in',
  about:
    'CPU time of one request over that of a hook that does nothing: `onStart`, `onHead` and `onEnd` of ours, with an exchange that is made up; of the others, the question whether there is too much to do. There is no server. Requests come 20 in a turn of the event loop, which is idle most of the time: what is used seldom is not in the caches of the processor then. Without pauses it is about a third of that.',
  figures,
  // Each is only loaded where it is measured: some start timers as soon as they are.
  ours: [
    subject(OURS, async () => {
      const { createMonitor } = await import('@breakwater/monitor')
      const monitor = createMonitor()
      return { ask: fromHook(monitor.hook), close: () => monitor.close() }
    }),
  ],
  peers: [
    subject(FLOOR, () => ({ ask: fromHook({ ...nothing }), close() {} })),
    subject('toobusy-js', async () => {
      const { default: toobusy } = await import('toobusy-js')
      return { ask: () => toobusy(), close: () => toobusy.shutdown() }
    }),
    subject('overload-protection', async () => {
      const { default: overloadProtection } = await import('overload-protection')
      const protect = overloadProtection('http', { production: true })
      return { ask: () => protect.overload, close: () => protect.stop() }
    }),
    subject('@fastify/under-pressure', async () => {
      const { default: underPressure } = await import('@fastify/under-pressure')
      const { fastify } = await import('fastify')
      const app = fastify()
      await app.register(underPressure, { maxEventLoopDelay: 1_000, maxEventLoopUtilization: 0.98 })
      await app.ready()
      return { ask: () => app.isUnderPressure(), close: () => app.close() }
    }),
  ],
  claims: figures.map((figure) => isAtMost(OURS, figure, 60, 'A bare request takes a thousand times as long.')),
}
