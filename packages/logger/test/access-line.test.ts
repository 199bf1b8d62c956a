import { AsyncResource } from 'node:async_hooks'
import type { HttpExchange } from '@breakwater/core'
import { createManualClock } from '@breakwater/core/testing'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createLogger, type Logger, type LoggerOptions, providerTokens, type SpanIds } from '../src/index.ts'

const SEEDS = process.env.SOAK === undefined ? 100 : 10_000
const EXCHANGES = 30
const LOOKED_AT = 2
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1gFWFOEjXk'

/** Made once, as stacks take long. */
const NO_SPAN = new Error('no span')
const FULL = new Error('full')

/** What a request is made of, before a logger has seen it. */
interface Given extends Omit<HttpExchange, 'slots' | 'header' | 'setHeader'> {
  readonly headers: Readonly<Record<string, string>>
  readonly writesWithin: boolean
  readonly writesLater: boolean
}

interface Config {
  readonly options: LoggerOptions
  readonly bindings: Readonly<Record<string, unknown>>
  readonly throwsEvery: number
}

/** A logger, its lines, and how the first ones were written. */
interface Subject {
  readonly logger: Logger
  readonly lines: string[]
  readonly isInOneGo: boolean[]
}

const clock = createManualClock()
const LONG = `/${'long'.repeat(6_000)}`

/** What a request is at, of which spans have their ids. */
let phase = ''

/** @param wantsDetails Whether the stream wants to know what lines are made of: then none is written in one go. */
function start({ options, bindings, throwsEvery }: Config, wantsDetails: boolean): Subject {
  const lines: string[] = []
  const isInOneGo: boolean[] = []
  let writes = 0
  const destination = {
    ...(wantsDetails ? { [Symbol.for('pino.metadata')]: true } : {}),
    write(line: string) {
      if (++writes % throwsEvery === 0) throw FULL
      lines.push(line)
      if (writes <= LOOKED_AT) isInOneGo.push(new Error('here').stack?.includes('access-line.ts:') ?? false)
    },
  }
  const logger = createLogger({
    service: 'tasks',
    env: 'test',
    hear: false,
    crashes: false,
    destination,
    clock,
    ...options,
  })
  ;(logger.pino as unknown as { setBindings(fields: object): void }).setBindings(bindings)
  return { logger, lines, isInOneGo }
}

function serve({ logger }: Subject, { headers, writesWithin, writesLater, ...given }: Given): void {
  const exchange: HttpExchange = { ...given, slots: [], header: (name) => headers[name], setHeader() {} }
  let goOn: (() => void) | undefined
  const handle = (): void => {
    phase = 'b'
    if (writesWithin) logger.info('within')
    if (writesLater) goOn = AsyncResource.bind(() => logger.info('later'))
  }
  logger.hook.around?.(exchange, handle, 0)
  phase = writesLater ? 'e' : 'b'
  logger.hook.onEnd?.(exchange, 0)
  goOn?.()
}

/** Lines of both, of which ids that were made begin alike. */
function linesOf(subject: Subject): string[] {
  let prefix = ''
  const exchange = { slots: [], header: () => undefined } as unknown as HttpExchange
  subject.logger.hook.around?.(
    exchange,
    () => {
      prefix = subject.logger.context?.requestId?.replace(/-\w+$/, '-') ?? ''
    },
    0,
  )
  expect(prefix).not.toBe('')
  return subject.lines.map((line) => line.replaceAll(prefix, 'made-'))
}

/** What tracers may say, and some that is no span. */
const SPANS: readonly (() => SpanIds)[] = [
  () => ({ traceId: 'f'.repeat(32), spanId: phase.padEnd(16, '1') }),
  () => ({ traceId: 4_111_111_111_111_111 as unknown as string, spanId: phase }),
  () => ({ traceId: undefined as unknown as string, spanId: phase }),
  () => ({ traceId: 'a"b', spanId: 'token=hunter2' }),
  () => ({ traceId: 'a', spanId: LONG }),
  () => ({ traceId: 'a', spanId: 'a"b' }),
  () => {
    throw NO_SPAN
  },
]

function randomConfig(seed: number, random: () => number): Config {
  const mostly = pick(random)
  return {
    throwsEvery: mostly(Number.POSITIVE_INFINITY, 7),
    bindings: mostly<Config['bindings']>(
      {},
      { part: 'é"' },
      { path: '/base' },
      { event: 1, 'url.path': 2 },
      { msg: 'x', requestId: 'y' },
      { level: 'a' },
    ),
    options: {
      shape: mostly('breakwater', 'ecs', 'loki', 'ecs', 'loki'),
      level: mostly('trace', 'info', 'warn'),
      service: mostly('tasks', 'a "b"', 'token=hunter2'),
      sampleRatio: mostly(1, 0.999_999_999),
      redact: mostly<LoggerOptions['redact']>(
        undefined,
        { detectors: [providerTokens] },
        { detectors: [{ name: 'method', pattern: /GET/g }] },
        { detectors: [{ name: 'ends', pattern: /finished|success/g, replacement: '"' }] },
        { secretNames: ['path', 'url'] },
        { secretNames: ['status', 'requestId'] },
        { plainNames: ['token'] },
      ),
      limits: mostly<LoggerOptions['limits']>(
        undefined,
        { maxTextLength: 20 },
        { maxLineLength: 30 },
        { maxEntries: 5 },
      ),
      requests: mostly<LoggerOptions['requests']>(
        {},
        { slowMs: 10, verySlowMs: 100 },
        { ignore: ({ path }) => path === '/livez' },
      ),
      context: {
        requestIdHeader: mostly<string | false>('x-request-id', false),
        activeSpan: SPANS[seed % (2 * SPANS.length)],
      },
    },
  }
}

function randomRequest(random: () => number): Given {
  const mostly = pick(random)
  const tookMs = mostly(
    12.345,
    0,
    0.004,
    1 / 3,
    299.999,
    300,
    4_000,
    99_999.99,
    100_000,
    4_222_222_222_222,
    Number.NEGATIVE_INFINITY,
    -1,
    Number.NaN,
  )
  return {
    method: mostly('GET', 'POST', 'M-SEARCH', 'G"T', 'password=hunter2', 'X'.repeat(2_000), 7 as unknown as string),
    path: mostly(
      `/tasks/${random()}`,
      '/livez',
      '',
      '/a%20b',
      '/x"y\\z',
      '/é/名/😀',
      '/\ud800',
      '/a;token=hunter2',
      `/jwt/${TOKEN}`,
      '/4111111111111111',
      '/4111-1111/1',
      '/a/b:c@d',
      '/--x',
      LONG.slice(0, 1_024),
      LONG.slice(0, 1_025),
      LONG,
      '/\u0000\n',
      '/bearer abcdefghijkl',
      undefined as unknown as string,
    ),
    route: mostly('/tasks/:id', undefined, '/a"b', '/:token=hunter2', `/${'r'.repeat(1_100)}`, `/${random()}`),
    status: mostly(
      200,
      204,
      304,
      404,
      401,
      413,
      503,
      500,
      0,
      1_000,
      4_111_111_111_111_111,
      Number.NaN,
      '200' as unknown as number,
    ),
    outcome: mostly('finished', 'aborted', 'failed', undefined, 'other' as 'failed'),
    startedAtMs: clock.now() - tookMs,
    writesWithin: random() < 0.2,
    writesLater: random() < 0.2,
    headers: {
      ...mostly<Given['headers']>(
        {},
        { 'x-request-id': 'r-1' },
        { 'x-request-id': TOKEN },
        { 'x-request-id': '4111111111111111' },
        { 'x-request-id': 'a b' },
        { 'x-request-id': 'x'.repeat(200) },
      ),
      ...mostly<Given['headers']>({}, { traceparent: TRACEPARENT }, { traceparent: 'nonsense' }),
    },
  }
}

/** The first one most of the time: what is unusual is only seen where the rest is not. */
function pick(random: () => number): <item>(...items: readonly item[]) => item {
  return (...items) => items[random() < 0.7 ? 0 : Math.floor(random() * items.length)] as (typeof items)[number]
}

const USUAL: Config = { options: {}, bindings: {}, throwsEvery: Number.POSITIVE_INFINITY }
const REQUEST: Given = {
  method: 'GET',
  path: '/tasks/7',
  route: '/tasks/:id',
  status: 200,
  outcome: 'finished',
  startedAtMs: clock.now() - 1.5,
  headers: {},
  writesWithin: false,
  writesLater: false,
}

test('lines of requests are the same, byte by byte, whether they are written in one go or as any other', () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  let inOneGo = 0
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = createRandom(seed)
    const config = randomConfig(seed, random)
    const [usual, any] = [start(config, false), start(config, true)]
    for (let count = 0; count < EXCHANGES; count++) {
      const given = randomRequest(random)
      serve(usual, given)
      serve(any, given)
    }
    expect(linesOf(usual), `seed ${seed}`).toEqual(linesOf(any))
    expect(usual.logger.measure(), `seed ${seed}`).toEqual(any.logger.measure())
    expect(any.isInOneGo).not.toContain(true)
    inOneGo += usual.isInOneGo.filter(Boolean).length
  }
  expect(inOneGo).toBeGreaterThan(SEEDS / 3)
})

test.each<readonly [string, Partial<Config>, Partial<Given>]>([
  ['a request', {}, {}],
  ['one without a route', {}, { route: undefined, status: 404 }],
  ['one that was given up', {}, { outcome: 'aborted' }],
  ['one with a secret in its path', {}, { path: '/a;token=hunter2' }],
  ['one with ids of its client', {}, { headers: { 'x-request-id': 'r-1', traceparent: TRACEPARENT } }],
  ['one in the shape of ECS', { options: { shape: 'ecs' } }, {}],
  [
    'one in the shape of Loki, with detectors',
    { options: { shape: 'loki', redact: { detectors: [providerTokens] } } },
    {},
  ],
  ['one with fields of all lines', { bindings: { part: 'a' } }, {}],
])('the line of %s is written in one go', (_, config, request) => {
  const subject = start({ ...USUAL, ...config }, false)
  serve(subject, { ...REQUEST, ...request })
  expect(subject.isInOneGo).toEqual([true])
})
