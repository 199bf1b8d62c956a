import { AsyncLocalStorage } from 'node:async_hooks'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { createHookRunner, type ExchangeSource, type HttpHook } from '@breakwater/core'
import { pinoHttp } from 'pino-http'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { shuffled } from '../../src/interleave.ts'
import { toSpread } from '../../src/statistics.ts'
import { toOurs } from './loggers.ts'
import { createSink, type Sink } from './sink.ts'

/** Does with a request what is measured, and goes on. */
type Handle = (request: IncomingMessage, response: ServerResponse, next: () => void) => void

/** How many requests come in while the event loop takes one turn. */
const TURNS: Readonly<Record<string, number>> = {
  'ns, one after the other': 1_000,
  'ns, 20 in each turn': 20,
}
const FIGURES = Object.keys(TURNS)
const ROUNDS = 40
/** The first ones are still being compiled. */
const SKIPPED = 4
const REQUESTS = 10_000
/** The loop takes so many turns, and is idle for so long. */
const TURNS_AT_ONCE = 100
const IDLE_MS = 1
const NS_PER_US = 1_000

/** Nothing is ever sent through it. */
const socket = new Socket()
const source: ExchangeSource<IncomingMessage> = { url: ({ url = '' }) => url, route: () => '/tasks/:id' }
const handled = Int32Array.of(0)
/** What every handler does. */
const next = (): void => {
  handled[0] = ((handled[0] as number) + 1) | 0
}

/** As light-my-request has them: core takes those that are ended for finished, although nothing is sent. */
class Response extends ServerResponse {
  readonly isLightMyRequest = true
}

/** One request, from its arrival until the connection has done with it. */
function serve(handle: Handle): void {
  const request = new IncomingMessage(socket)
  request.method = 'GET'
  request.url = '/tasks/7'
  const response = new Response(request)
  // As the server does, unless an earlier response is still under way.
  response.assignSocket(socket)
  handle(request, response, next)
  response.writeHead(200)
  response.finished = true
  response.detachSocket(socket)
  response.emit('close')
}

function throughRunner(hook: HttpHook, wrap: Handle = (_request, _response, next) => next()): Handle {
  const runner = createHookRunner([hook], source)
  return (request, response, next) => {
    runner.begin(request, request, response)
    runner.enter(response, () => wrap(request, response, next))
  }
}

const nothing: HttpHook = { around: (_exchange, next) => next() }

function subject(name: string, create: (sink: Sink) => Handle): FigureSubject {
  return {
    name,
    async measure(scale) {
      const sink = createSink()
      const own = create(sink)
      const empty = throughRunner({ ...nothing })
      const taken: Record<string, number> = {}
      for (const [figure, perTurn] of Object.entries(TURNS))
        taken[figure] = await measureOver(empty, own, perTurn, Math.max(scale, 0.1))
      if (sink.lines() > 0) throw new Error(`Cannot measure "${name}" as it wrote a line`)
      return taken
    },
  }
}

/** What one costs over the other: both in turns, each with as many turns of the event loop. */
async function measureOver(floor: Handle, handle: Handle, perTurn: number, scale: number): Promise<number> {
  const differences: number[] = []
  for (let round = 0; round < ROUNDS * scale + SKIPPED; round++) {
    const ns = new Map<Handle, number>()
    for (const each of shuffled([floor, handle], round)) ns.set(each, await nsEach(each, perTurn, REQUESTS * scale))
    if (round >= SKIPPED) differences.push((ns.get(handle) as number) - (ns.get(floor) as number))
  }
  return toSpread(differences).median
}

async function nsEach(handle: Handle, perTurn: number, requests: number): Promise<number> {
  const turns = Math.ceil(requests / perTurn)
  const before = handled[0] as number
  globalThis.gc?.({ type: 'minor' })
  const start = process.cpuUsage()
  for (let turn = 0; turn < turns; turn++) {
    for (let i = 0; i < perTurn; i++) serve(handle)
    await nextTurn()
    // A loop that is never idle has too much to do. Waiting takes no CPU.
    if (turn % TURNS_AT_ONCE === TURNS_AT_ONCE - 1) await sleep(IDLE_MS)
  }
  const { user, system } = process.cpuUsage(start)
  if ((handled[0] as number) - before !== turns * perTurn)
    throw new Error('Cannot measure requests that were not handled')
  return ((user + system) * NS_PER_US) / (turns * perTurn)
}

const OURS = 'createLogger, no access lines'
const IGNORED = 'createLogger, all requests ignored'

const BECAUSE = 'A bare request takes a thousand times as long.'

/** What a request costs that writes nothing. */
export const hook: FigureGroup = {
  id: 'hook',
  title: 'A request that logs nothing',
  about:
    "CPU time of one request over that of a hook with an empty `around`, both through the hook runner of core. Node's request and response are made, the head is sent and the connection closes; there is no server. A line written inside would have the request's ids. Requests come one after the other, or 20 in a turn of the event loop, which is idle most of the time: what is used seldom is not in the caches of the processor then. The first peer is the same hook once more: what it shows is noise.",
  figures: FIGURES,
  ours: [
    subject(OURS, (sink) => throughRunner(toOurs(sink, { requests: false }).hook)),
    subject(IGNORED, (sink) => throughRunner(toOurs(sink, { requests: { ignore: () => true } }).hook)),
  ],
  peers: [
    subject('a hook that does nothing', () => throughRunner({ ...nothing })),
    subject('AsyncLocalStorage by hand', () => {
      const storage = new AsyncLocalStorage<{ readonly path: string }>()
      return throughRunner({ around: ({ path }, next) => storage.run({ path }, next) })
    }),
    subject('pino-http without autoLogging', (sink) => {
      const log = pinoHttp({ autoLogging: false }, sink)
      return throughRunner({ ...nothing }, log)
    }),
  ],
  claims: [OURS, IGNORED].flatMap((of) => FIGURES.map((figure) => isAtMost(of, figure, 100, BECAUSE))),
}
