import { connect } from 'node:net'
import { usePostgres } from '@breakwater/testing/services'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, onTestFinished, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import type { Database } from '../src/database/database.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { migrate } from '../src/database/migrate.ts'
import { openDatabase } from '../src/database/open.ts'
import { readEnvironment } from '../src/environment.ts'
import { openWire, type Wire, type WireAnswer } from './support/wire.ts'

const SOAK = Number(process.env.SOAK ?? 1)
const RAW = 3_000 * SOAK
const WHOLE = 7_000 * SOAK
const AT_ONCE = 16
const SEED = Number(process.env.SEED ?? 1)
/** What a client may be told. */
const FINE = /^(?:2\d\d|304|4\d\d)$/
const MAX_TASKS = '200'

const postgres = usePostgres()

type Random = () => number
type Made = string | Buffer

function pick<item>(random: Random, items: readonly item[]): item {
  return items[Math.floor(random() * items.length)] as item
}

const NASTY: readonly string[] = [
  '',
  ' ',
  '\0',
  '%00',
  '%',
  '%zz',
  '%E0%A4%A',
  '..',
  '../../etc/passwd',
  '//evil.example',
  `' or 1=1 --`,
  '<script>',
  '\ud800',
  '\u202e',
  '🎉',
  'é',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '99999999999999999999',
  '01890000-0000-7000-8000-000000000000',
  'x'.repeat(3_000),
]

function text(random: Random): string {
  if (random() < 0.5) return pick(random, NASTY)
  return Array.from({ length: Math.floor(random() * 20) }, () => String.fromCharCode(random() * 300)).join('')
}

function value(random: Random, depth = 0): unknown {
  const dice = random()
  if (dice < 0.5) return text(random)
  if (dice < 0.6) return pick(random, [0, -1, 1.5, 1e308, Number.MAX_SAFE_INTEGER, true, false, null])
  if (dice < 0.7) return pick(random, ['open', 'in-progress', 'done', 'low', 'normal', 'high'])
  if (depth > 3) return null
  const length = Math.floor(random() * 4)
  if (dice < 0.85) return Array.from({ length }, () => value(random, depth + 1))
  return Object.fromEntries(Array.from({ length }, () => [text(random), value(random, depth + 1)]))
}

/** What is almost a task, so that it gets far. */
function task(random: Random): unknown {
  const parts: Record<string, unknown> = { title: random() < 0.7 ? `Task ${random()}` : value(random) }
  for (const name of ['description', 'status', 'priority', 'board', 'version', 'id', '__proto__']) {
    if (random() < 0.15) Object.defineProperty(parts, name, { value: value(random), enumerable: true })
  }
  return parts
}

function body(random: Random): Made | undefined {
  const dice = random()
  if (dice < 0.1) return undefined
  if (dice < 0.2) return JSON.stringify({ title: `Task ${random()}` })
  // Right in all parts but what may be any text.
  if (dice < 0.35) return JSON.stringify({ title: `Task ${random()}`, description: text(random) })
  if (dice < 0.55) return JSON.stringify(task(random))
  if (dice < 0.65) return JSON.stringify(value(random))
  const json = JSON.stringify(task(random))
  if (dice < 0.8) return json.slice(0, Math.floor(random() * json.length))
  const bytes = Buffer.from(json)
  for (let n = 0; n < 3; n++) bytes[Math.floor(random() * bytes.length)] = random() * 256
  return bytes
}

const HEADERS: readonly string[] = [
  'if-match',
  'if-none-match',
  'cookie',
  'origin',
  'sec-fetch-site',
  'accept',
  'accept-encoding',
  'authorization',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'content-encoding',
  'traceparent',
  'x-request-id',
  'range',
  'access-control-request-method',
  'accept-version',
]
const HEADER_VALUES: readonly string[] = [
  '"1"',
  'W/"1"',
  '"1", "2"',
  '*',
  'null',
  'cross-site',
  'same-origin',
  'https://evil.example',
  'http://localhost:3000',
  'gzip',
  'br;q=0.5, *;q=0',
  'identity;q=0',
  'Bearer x',
  'session=x.y',
  '127.0.0.1',
  'https',
  'bytes=0-10',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
]

function header(random: Random): string {
  // What HTTP does not allow there is for the raw ones.
  if (random() < 0.7) return pick(random, HEADER_VALUES)
  return text(random).replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, '')
}

function path(random: Random, ids: readonly string[]): string {
  const dice = random()
  if (dice < 0.3) return '/api/v1/tasks'
  if (dice < 0.65) return `/api/v1/tasks/${ids.length > 0 && random() < 0.7 ? pick(random, ids) : encode(random)}`
  if (dice < 0.75)
    return `/api/v1/tasks?${pick(random, ['limit', 'cursor', 'board', encode(random)])}=${encode(random)}`
  if (dice < 0.85) return '/api/v1/session'
  if (dice < 0.9)
    return pick(random, ['/health', '/metrics', '/admin/logs/search', '/health/detailed', '/problems/x', '/'])
  return `/${encode(random)}`
}

function encode(random: Random): string {
  const made = text(random)
  if (random() < 0.5) return encodeURIComponent(made.toWellFormed())
  return made.replaceAll(/[^\x21-\x7e]/g, '')
}

const METHODS: readonly string[] = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY']

function likelyMethods(where: string): readonly string[] {
  if (where === '/api/v1/tasks') return ['POST', 'POST', 'POST', 'GET']
  if (where.startsWith('/api/v1/tasks/')) return ['PATCH', 'PATCH', 'PATCH', 'GET', 'GET', 'GET', 'HEAD', 'DELETE']
  return where === '/api/v1/session' ? ['GET', 'PUT', 'DELETE'] : ['GET']
}

/** What each answer was, and whether it may be. */
class Told {
  readonly byStatus = new Map<string, number>()
  readonly wrong: string[] = []

  note(status: string, what: string): void {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1)
    if (!FINE.test(status)) this.wrong.push(`${status}: ${what.slice(0, 300)}`)
  }
}

/** What there has to be in the end, as the answers say. */
interface Expected {
  readonly versions: Map<string, number>
  ids: string[]
}

async function sendWhole(wire: Wire, random: Random, told: Told, expected: Expected): Promise<void> {
  const where = path(random, expected.ids)
  const method = random() < 0.15 ? pick(random, METHODS) : pick(random, likelyMethods(where))
  const lines = [`${method} ${where} HTTP/1.1`, `host: ${random() < 0.95 ? 'localhost:3000' : header(random)}`]
  const type = random()
  if (type < 0.85) lines.push('content-type: application/json')
  else if (type < 0.95)
    lines.push(`content-type: ${pick(random, ['application/merge-patch+json', 'text/plain', header(random)])}`)
  while (random() < 0.4) lines.push(`${pick(random, HEADERS)}: ${header(random)}`)
  const sent = body(random) ?? ''
  if (sent.length > 0) lines.push(`content-length: ${Buffer.byteLength(sent)}`)
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const what = `${head.toString('latin1')}${sent}`
  const answer = await wire.send(Buffer.concat([head, Buffer.from(sent)]), method === 'HEAD').catch((cause) => {
    throw new Error(`No answer: ${JSON.stringify(what)}`, { cause })
  })
  told.note(answer.status, what)
  noteChange(expected, method, where, answer)
}

function noteChange({ versions, ids }: Expected, method: string, where: string, { status, head }: WireAnswer): void {
  if (method === 'POST' && status === '201') {
    const [, id = ''] = /^location: .+\/([\da-f-]{36})$/m.exec(head.replaceAll('\r', '')) ?? []
    versions.set(id, 1)
    ids.push(id)
  }
  const id = where.split(/[/?]/)[4] ?? ''
  const version = versions.get(id)
  // Else it was deleted meanwhile.
  if (method === 'PATCH' && status === '200' && version !== undefined) versions.set(id, version + 1)
  if (method === 'DELETE' && status === '204' && version !== undefined) {
    versions.delete(id)
    ids.splice(ids.indexOf(id), 1)
  }
}

function rawBytes(random: Random): Buffer {
  const dice = random()
  const start = `${pick(random, ['GET', 'POST', 'PUT', 'X', text(random)])} ${pick(random, ['/api/v1/tasks', '*', 'http://x/', text(random)])} HTTP/${pick(random, ['1.1', '1.1', '1.0', '2.0', '9', text(random)])}`
  const lines = ['Host: x', 'Connection: close']
  while (random() < 0.6)
    lines.push(
      pick(random, [
        'Content-Length: 5',
        'Content-Length: -1',
        'Content-Length: 99999999999999999999',
        'Transfer-Encoding: chunked',
        'Transfer-Encoding: chunked, identity',
        'Content-Type: application/json',
        'Expect: 100-continue',
        'Expect: x',
        'Upgrade: websocket',
        'Connection: upgrade',
        'Trailer: x',
        ': x',
        'x',
        ' folded: x',
        `${text(random)}: ${text(random)}`,
        `X: ${'x'.repeat(20_000)}`,
      ]),
    )
  const rest = pick(random, ['', '5\r\n{"a":\r\n0\r\n\r\n', 'zz\r\n', '{"title":"Raw"}', text(random)])
  const bytes = Buffer.from(`${start}\r\n${lines.join('\r\n')}\r\n\r\n${rest}`, random() < 0.5 ? 'latin1' : 'utf8')
  if (dice < 0.3) return bytes
  if (dice < 0.5) return bytes.subarray(0, Math.floor(random() * bytes.length))
  if (dice < 0.9) {
    for (let n = 0; n < 4; n++) bytes[Math.floor(random() * bytes.length)] = random() * 256
    return bytes
  }
  return Buffer.from(Array.from({ length: Math.floor(random() * 200) }, () => random() * 256))
}

async function sendRaw(port: number, random: Random, told: Told): Promise<void> {
  const bytes = rawBytes(random)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  socket.end(bytes)
  const pieces: Buffer[] = []
  socket.on('data', (piece) => pieces.push(piece))
  await new Promise<void>((resolve, reject) => {
    socket.on('close', () => resolve())
    socket.setTimeout(10_000, () => {
      socket.destroy()
      reject(new Error(`Neither answered nor closed: ${JSON.stringify(bytes.toString('latin1'))}`))
    })
  })
  const answers = Buffer.concat(pieces).toString('latin1')
  // Where it was no request to answer, it is closed without a word.
  for (const [, status = ''] of answers.matchAll(/^HTTP\/1\.1 (\d{3}) /gm))
    if (status !== '100') told.note(status, JSON.stringify(bytes.toString('latin1')))
}

async function tasksOf(database: Database): Promise<Map<string, number>> {
  const rows = await database.query<{ id: string; version: number; title: string }>(
    { name: 'all', text: 'select id, version, title from tasks' },
    [],
  )
  return new Map(rows.filter(({ title }) => title !== 'Raw').map(({ id, version }) => [id, version]))
}

test(
  `${RAW + WHOLE} requests of all kinds are answered with what they deserve, and change only what was said`,
  async () => {
    const DATABASE_URL = await postgres.createDatabase()
    const environment = readEnvironment({
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      DATABASE_URL,
      MAX_TASKS,
      RATE_LIMIT: '100000000',
      ADMIN_RATE_LIMIT: '100000000',
      ADMIN_TOKEN: 'canary-of-the-admin-token',
      SESSION_SECRET: 'x'.repeat(32),
      TRUST_PROXY: 'loopback',
    })
    const database = guardDatabase(await openDatabase(environment))
    onTestFinished(() => database.close())
    await migrate(database)
    await using cache = createTaskCache()
    await using app = await createApp(environment, database, cache)
    const port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port)
    const told = new Told()
    const expected: Expected = { versions: new Map(), ids: [] }
    const left = { whole: WHOLE, raw: RAW }
    const startedAtMs = performance.now()

    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, n) => {
        const random = createRandom(SEED * 1_000 + n)
        const wire = openWire(port)
        while (left.whole + left.raw > 0) {
          if (random() * (left.whole + left.raw) < left.raw) {
            left.raw--
            await sendRaw(port, random, told)
          } else {
            left.whole--
            await sendWhole(wire, random, told, expected)
          }
        }
        wire.close()
      }),
    )
    const tookMs = performance.now() - startedAtMs
    const statuses = [...told.byStatus].toSorted(([a], [b]) => a.localeCompare(b))
    console.info(`${(tookMs / 1_000).toFixed(1)} s, answers: ${statuses.map((pair) => pair.join(' x ')).join(', ')}`)
    expect(told.wrong).toEqual([])
    for (const status of ['200', '201', '400', '403', '404', '405', '415'])
      expect(told.byStatus.get(status), status).toBeGreaterThan(50)
    expect(expected.versions.size).toBeGreaterThan(10)
    expect(await tasksOf(database)).toEqual(expected.versions)
    expect((await app.inject('/health')).statusCode).toBe(200)
  },
  60_000 * SOAK,
)
