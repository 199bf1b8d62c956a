import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { createMonitor } from '@breakwater/monitor'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { type AppParts, createApp } from '../src/app.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import type { Database } from '../src/database/database.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { readEnvironment } from '../src/environment.ts'
import { createServerLogger } from '../src/log.ts'
import { createServerMetrics } from '../src/observe/metrics.ts'
import { createServerTracing } from '../src/observe/tracing.ts'
import { openEmbedded } from './support/databases.ts'
import { createFolder } from './support/folders.ts'
import { type Answer, type Asked, ask } from './support/http.ts'

const TASKS = '/api/v1/tasks'
const SESSION = '/api/v1/session'
const OURS = 'https://tasks.example'
const EVIL = 'https://evil.example'
const JSON_TYPE = { 'content-type': 'application/json' }
const VARIABLES = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'silent',
  DATA_DIR: tmpdir(),
  SESSION_SECRET: 'canary-of-the-session-secret-0123456789',
  CORS_ORIGIN: OURS,
  ADMIN_TOKEN: 'canary-of-the-admin-token',
  TRUST_PROXY: 'loopback',
} as const
const ADMIN = { authorization: `Bearer ${VARIABLES.ADMIN_TOKEN}` }

const cache = createTaskCache()
let database: Database
let app: FastifyInstance
let url: string

async function serve(variables: Record<string, string> = {}, parts: AppParts = {}): Promise<[FastifyInstance, string]> {
  const made = await createApp(readEnvironment({ ...VARIABLES, ...variables }), guardDatabase(database), cache, parts)
  return [made, await made.listen({ host: '127.0.0.1', port: 0 })]
}

/** One of its own, for the rest of a test. */
async function serveOwn(variables: Record<string, string>, parts?: AppParts): Promise<string> {
  const [own, ownUrl] = await serve(variables, parts)
  onTestFinished(() => own.close())
  return ownUrl
}

beforeAll(async () => {
  database = await openEmbedded()
  const metrics = createServerMetrics(createServerTracing())
  ;[app, url] = await serve({}, { metrics })
}, 60_000)
beforeEach(async () => {
  await database.query({ name: 'empty', text: 'truncate tasks' })
  await cache.clear()
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

function send(path: string, asked: Asked = {}): Promise<Answer> {
  return ask(`${url}${path}`, asked)
}

function create(task: object = { title: 'Task' }, headers: Record<string, string> = {}): Promise<Answer> {
  return send(TASKS, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(task) })
}

/** What a browser would send back of what it was told. */
function cookieOf({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
}

function expectProblem({ status, headers, json }: Answer, expected: number, name: string): void {
  expect([status, headers['content-type']]).toEqual([expected, 'application/problem+json'])
  expect(json).toMatchObject({ type: `/problems/${name}`, status: expected })
}

async function countTasks(): Promise<number> {
  const [row] = await database.query<{ count: number }>({ name: 'count', text: 'select count(*)::int from tasks' }, [])
  return row?.count ?? Number.NaN
}

describe('a session', () => {
  test('begins when it is asked for, and is kept in a cookie', async () => {
    const first = await send(SESSION)
    expect(first.status).toBe(200)
    expect(first.json).toEqual({ visitorId: expect.stringMatching(/^[\w-]{22}$/), name: expect.any(String) })
    const cookie = cookieOf(first)
    const again = await send(SESSION, { headers: { cookie, origin: OURS } })
    expect([again.json, again.headers['set-cookie']]).toEqual([first.json, undefined])
    const named = await send(SESSION, {
      method: 'PUT',
      headers: { ...JSON_TYPE, cookie, origin: OURS },
      body: '{"name":" Ada  "}',
    })
    expect(named.json).toEqual({ ...first.json, name: 'Ada' })
    expect(
      (await send(SESSION, { headers: { cookie: cookieOf(named), 'sec-fetch-site': 'same-origin' } })).json,
    ).toEqual(named.json)
    const ended = await send(SESSION, { method: 'DELETE', headers: { cookie, origin: OURS } })
    expect([ended.status, ended.headers['set-cookie']?.[0]]).toEqual([
      204,
      expect.stringMatching(/^session=; Max-Age=0; /),
    ])
  })

  test('is of one visitor: no cache may keep it, and no other answer has one', async () => {
    const answers = [await send(SESSION), await send(SESSION, { method: 'DELETE' })]
    for (const { headers } of answers) expect(headers['cache-control']).toBe('private, no-store')
    const { headers } = await create()
    for (const path of [TASKS, String(headers.location), '/', '/health', '/nowhere'])
      expect(
        (await send(path, { headers: { cookie: cookieOf(answers[0] as Answer) } })).headers['set-cookie'],
      ).toBeUndefined()
  })

  test('that is forged is none', async () => {
    const first = await send(SESSION)
    const forged = cookieOf(first).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const { status, json } = await send(SESSION, { headers: { cookie: forged, origin: OURS } })
    expect(status).toBe(200)
    expect(json.visitorId).not.toBe(first.json.visitorId)
  })

  test.each(['', ' ', 'x'.repeat(51), 'a\nb', null, 1])('refuses the name %j', async (name) => {
    const answer = await send(SESSION, { method: 'PUT', headers: JSON_TYPE, body: JSON.stringify({ name }) })
    expectProblem(answer, 400, 'invalid-request')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })
})

describe('a page of another site', () => {
  test.each([
    ['its origin', { origin: EVIL }],
    ['no origin to be told', { origin: 'null' }],
    ['its site', { 'sec-fetch-site': 'cross-site' }],
    ['a session alone', { cookie: 'session=x' }],
  ])('can change nothing: with %s', async (_, headers) => {
    const { location } = (await create()).headers
    expectProblem(await create({ title: 'Other' }, headers), 403, 'cross-site')
    const others = [
      await send(String(location), { method: 'PATCH', headers: { ...JSON_TYPE, ...headers }, body: '{"title":"x"}' }),
      await send(String(location), { method: 'DELETE', headers }),
      await send(SESSION, { method: 'DELETE', headers }),
      await send(SESSION, { method: 'GET', headers }),
      // Not even what would open a channel to change something.
      await send(TASKS, { headers: { ...headers, connection: 'upgrade', upgrade: 'websocket' } }),
    ]
    for (const answer of others) expectProblem(answer, 403, 'cross-site')
    expect(others.map(({ headers }) => headers['set-cookie'])).toEqual(Array(others.length).fill(undefined))
    expect(await countTasks()).toBe(1)
    expect((await send(String(location))).json.title).toBe('Task')
  })

  test('may read nothing, though it is answered', async () => {
    const { status, headers } = await send(TASKS, { headers: { origin: EVIL } })
    expect([status, headers['access-control-allow-origin'], headers.vary]).toEqual([
      200,
      undefined,
      'Origin, accept-encoding',
    ])
  })

  test('is not let by its browser', async () => {
    const headers = { 'access-control-request-method': 'DELETE', 'access-control-request-headers': 'if-match' }
    const refused = await send(`${TASKS}/x`, { method: 'OPTIONS', headers: { ...headers, origin: EVIL } })
    expect(refused.headers['access-control-allow-origin']).toBeUndefined()
    const allowed = await send(`${TASKS}/x`, { method: 'OPTIONS', headers: { ...headers, origin: OURS } })
    expect([allowed.status, allowed.text]).toEqual([204, ''])
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': OURS,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': expect.stringContaining('DELETE'),
      'access-control-allow-headers': expect.stringContaining('if-match'),
    })
  })
})

test('a page of ours may read and change', async () => {
  const answer = await create(undefined, { origin: OURS, 'sec-fetch-site': 'cross-site' })
  expect(answer.status).toBe(201)
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': OURS,
    'access-control-expose-headers': expect.stringContaining('etag'),
  })
})

test('OPTIONS is a method like any other, unless a browser asks', async () => {
  const answer = await send(TASKS, { method: 'OPTIONS', headers: { origin: OURS } })
  expectProblem(answer, 405, 'method-not-allowed')
  expect(answer.headers.allow).toBe('GET, HEAD, POST')
  expectProblem(await send('/nowhere', { method: 'OPTIONS' }), 404, 'route-not-found')
})

describe('headers', () => {
  const SECURE = {
    'content-security-policy': "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
  }

  test.each<[string, number, Asked?]>([
    ['/', 200],
    ['/health', 200],
    ['/health/detailed', 200, { headers: ADMIN }],
    ['/metrics', 200],
    ['/problems/body-too-large', 200],
    [TASKS, 200],
    [SESSION, 200],
    [TASKS, 304, { headers: { 'if-none-match': '*' } }],
    [TASKS, 204, { method: 'OPTIONS', headers: { origin: OURS, 'access-control-request-method': 'POST' } }],
    ['/%zz', 400],
    [TASKS, 400, { method: 'POST', headers: JSON_TYPE, body: '{' }],
    ['/health/detailed', 200, { headers: { authorization: 'Bearer wrong' } }],
    [TASKS, 403, { method: 'POST', headers: { origin: EVIL } }],
    ['/nowhere', 404],
    [`${TASKS}/01890000-0000-7000-8000-000000000000`, 404],
    [TASKS, 405, { method: 'DELETE' }],
    [TASKS, 413, { method: 'POST', headers: JSON_TYPE, body: 'x'.repeat(200_000) }],
    [TASKS, 415, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'x' }],
  ])('are on every answer: %s with %i', async (path, status, asked) => {
    const { headers, status: got } = await send(path, asked)
    expect(got).toBe(status)
    expect(headers).toMatchObject(SECURE)
    expect(headers['cache-control']).toEqual(
      path === TASKS && [200, 304].includes(status)
        ? 'public, s-maxage=10, stale-while-revalidate=59'
        : path === SESSION
          ? 'private, no-store'
          : expect.stringMatching(/^no-(?:store|cache)/),
    )
    expect([headers['x-powered-by'], headers.server, headers['strict-transport-security']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('are on what could not be read as a request', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {}).write('nonsense\r\n\r\n')
    const [head = ''] = Buffer.concat(await socket.toArray())
      .toString()
      .toLowerCase()
      .split('\r\n\r\n')
    expect(head).toMatch(/^http\/1.1 400 /)
    for (const [name, value] of Object.entries(SECURE)) expect(head).toContain(`${name}: ${value.toLowerCase()}`)
    expect(head).toContain('cache-control: no-store')
  })

  test('are on what is refused as there is too much to do', async () => {
    const real = createMonitor()
    onTestFinished(() => real.close())
    const hook = { onStart: () => ({ status: 503, body: 'busy' }) }
    const monitor: typeof real = Object.create(real, { hook: { value: hook } })
    const own = await serveOwn({}, { monitor })
    expect(await ask(`${own}${TASKS}`)).toMatchObject({
      status: 503,
      headers: { ...SECURE, 'cache-control': 'no-store' },
    })
  })
})

describe('a body over the limit', () => {
  const LIMIT = 131_072
  const PIECE = Buffer.alloc(16_384, 'x')

  test('is refused by its length, before any of it has come', async () => {
    const headers = { ...JSON_TYPE, 'content-length': String(10 * LIMIT) }
    async function* nothing(): AsyncGenerator<Buffer> {
      yield Buffer.from('{')
      await new Promise(() => {})
    }
    expectProblem(await send(TASKS, { method: 'POST', headers, body: nothing() }), 413, 'body-too-large')
  })

  test.each([
    ['at once', 0],
    ['slowly', 5],
  ])('is refused when it has come, without a length and %s', async (_, pauseMs) => {
    let sent = 0
    async function* pieces(): AsyncGenerator<Buffer> {
      for (; sent < 100 * LIMIT; sent += PIECE.length) {
        yield PIECE
        await sleep(pauseMs)
      }
    }
    expectProblem(await send(TASKS, { method: 'POST', headers: JSON_TYPE, body: pieces() }), 413, 'body-too-large')
    expect(sent).toBeLessThan(100 * LIMIT)
    expect(await countTasks()).toBe(0)
  })

  test('is not let in compressed', async () => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' }
    expectProblem(await send(TASKS, { method: 'POST', headers, body: PIECE }), 415, 'unsupported-media-type')
  })
})

describe('an answer that is there already', () => {
  test('is not sent again, of a task', async () => {
    const { headers } = await create()
    const path = String(headers.location)
    const asked: [string | undefined, number][] = [
      [undefined, 200],
      ['"1"', 304],
      ['W/"1"', 304],
      ['*', 304],
      ['"7", W/"1"', 304],
      ['"7", "8"', 200],
      ['1', 200],
    ]
    for (const [tag, status] of asked) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await send(path, { method, headers: tag === undefined ? {} : { 'if-none-match': tag } })
        expect([tag, answer.status, answer.headers.etag]).toEqual([tag, status, '"1"'])
        expect(answer.headers['cache-control']).toBe('public, s-maxage=10, stale-while-revalidate=59')
        if (status === 200) continue
        expect([answer.text, answer.headers['content-length'], answer.headers['content-type']]).toEqual([
          '',
          undefined,
          undefined,
        ])
      }
    }
    await send(path, { method: 'PATCH', headers: JSON_TYPE, body: '{"title":"New"}' })
    expect((await send(path, { headers: { 'if-none-match': '"1"' } })).json.title).toBe('New')
    await send(path, { method: 'DELETE' })
    expectProblem(await send(path, { headers: { 'if-none-match': '*' } }), 404, 'task-not-found')
  })

  test('is not sent again, of a list', async () => {
    await create()
    const first = await send(TASKS)
    const tag = String(first.headers.etag)
    expect(tag).toMatch(/^W\/"[\w-]{27}"$/)
    for (const given of [tag, tag.slice(2), `"x", ${tag}`, '*'])
      expect((await send(TASKS, { headers: { 'if-none-match': given } })).status).toBe(304)
    expect((await send(TASKS, { method: 'HEAD' })).headers.etag).toBe(tag)
    await create()
    const next = await send(TASKS, { headers: { 'if-none-match': tag } })
    expect([next.status, next.json.items.length]).toEqual([200, 2])
    expect(next.headers.etag).not.toBe(tag)
    expect((await send(`${TASKS}?limit=1`, { headers: { 'if-none-match': String(next.headers.etag) } })).status).toBe(
      200,
    )
  })
})

describe('compression', () => {
  const DECODE = { br: brotliDecompressSync, gzip: gunzipSync } as const

  test('takes most of a list away', async () => {
    const words = 'write the tests of what was built, and then build what they ask for'.split(' ')
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => {
        const description = Array.from({ length: 12 }, (_, w) => words[(n * 7 + w * w) % words.length]).join(' ')
        return create({ title: `Task ${n}`, description, priority: n % 3 === 0 ? 'high' : 'normal' })
      }),
    )
    const plain = await send(`${TASKS}?limit=100`)
    for (const encoding of ['br', 'gzip'] as const) {
      const answer = await send(`${TASKS}?limit=100`, { headers: { 'accept-encoding': encoding } })
      const { etag } = plain.headers
      expect(answer.headers).toMatchObject({ 'content-encoding': encoding, vary: 'Origin, accept-encoding', etag })
      expect(DECODE[encoding](answer.body)).toEqual(plain.body)
      const savedRatio = 1 - answer.body.length / plain.body.length
      const saved = `${(100 * savedRatio).toFixed(1)} %`
      console.info(`${encoding} takes ${saved} of ${plain.body.length} bytes away: ${answer.body.length} are left`)
      expect(savedRatio).toBeGreaterThan(0.7)
      const again = await send(`${TASKS}?limit=100`, {
        headers: { 'accept-encoding': encoding, 'if-none-match': String(etag) },
      })
      expect([again.status, again.headers['content-encoding'], again.body.length]).toEqual([304, undefined, 0])
    }
  })

  test.each([
    ['br, gzip', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['deflate, gzip', 'gzip'],
    ['*', 'gzip'],
    ['deflate', undefined],
    ['identity', undefined],
    ['br;q=0, gzip;q=0', undefined],
    ['', undefined],
  ])('of who accepts "%s" is %s', async (accept, expected) => {
    const { headers } = await create({ title: 'Task', description: 'long '.repeat(1_000) })
    const path = String(headers.location)
    const answer = await send(path, { headers: { 'accept-encoding': accept } })
    const tag = expected === undefined ? '"1"' : `"1-${expected}"`
    expect([answer.headers['content-encoding'], answer.headers.etag]).toEqual([expected, tag])
    expect(answer.headers.vary).toBe('Origin, accept-encoding')
    // By whichever tag it is known, it is known.
    expect(await send(path, { headers: { 'if-none-match': tag } })).toMatchObject({
      status: 304,
      headers: { etag: tag },
    })
    const changed = await send(path, {
      method: 'PATCH',
      headers: { ...JSON_TYPE, 'if-match': tag },
      body: '{"status":"done"}',
    })
    expect([changed.status, changed.json.version]).toEqual([200, 2])
  })

  test('is not for what is short, nor for what only one may know', async () => {
    const headers = { 'accept-encoding': 'br, gzip', ...ADMIN }
    for (const path of [TASKS, SESSION, '/health/detailed', '/admin/nothing'])
      expect((await send(path, { headers })).headers['content-encoding']).toBeUndefined()
    expect((await send('/health/detailed', { headers })).body.length).toBeGreaterThan(1_024)
  })

  test('is not done twice', async () => {
    // These come compressed.
    const { headers, body } = await send('/metrics', { headers: { 'accept-encoding': 'br, gzip' } })
    expect([headers['content-encoding'], gunzipSync(body).toString()]).toEqual([
      'gzip',
      expect.stringContaining('# HELP '),
    ])
  })
})

const PAYLOADS: readonly string[] = [
  `'; drop table tasks; --`,
  `' or '1'='1`,
  `$1; select pg_sleep(10)`,
  `\\'; update tasks set title = 'x' where true; --`,
  `<script>alert(document.cookie)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `</title><svg/onload=alert(1)>`,
  `{{7*7}}\${7*7}<%= 7*7 %>`,
  `javascript:alert(1)//%0aalert(1)`,
  `\u202e\u2028\ufeff\u{10ffff}`,
]

test.each(PAYLOADS)('%j is data like any other', async (title) => {
  await create({ title: 'Other' })
  const created = await create({ title, description: title })
  expect([created.status, created.json.title]).toEqual([201, title.trim()])
  const read = await send(String(created.headers.location))
  expect(read.json).toMatchObject({ title: title.trim(), description: title })
  expect(read.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
  const path = `${TASKS}/${encodeURIComponent(title)}`
  expectProblem(await send(path), 400, 'invalid-request')
  expectProblem(await send(path, { method: 'DELETE' }), 400, 'invalid-request')
  expectProblem(await send(`${TASKS}?cursor=${encodeURIComponent(title)}`), 400, 'invalid-request')
  expect((await send(`/problems/${encodeURIComponent(title)}`)).headers['content-type']).toBe(
    'application/problem+json',
  )
  expect(await countTasks()).toBe(2)
})

describe('behind a proxy', () => {
  const BY_HTTPS = { 'x-forwarded-proto': 'https', host: 'tasks.example' }

  test('HTTPS is what it says it is, and stays so', async () => {
    const { headers, status } = await send(SESSION, { headers: BY_HTTPS })
    expect(status).toBe(200)
    expect(headers['strict-transport-security']).toBe('max-age=31536000')
    expect(headers['set-cookie']?.[0]).toMatch(/^__Host-session=.+; Secure; SameSite=Lax$/)
  })

  test('what it says counts only if it is trusted', async () => {
    const own = await serveOwn({ TRUST_PROXY: '10.0.0.0/8' })
    const { headers } = await ask(`${own}${SESSION}`, { headers: BY_HTTPS })
    expect(headers['strict-transport-security']).toBeUndefined()
    expect(headers['set-cookie']?.[0]).toMatch(/^session=/)
  })

  test('plain HTTP is sent to HTTPS, if it only reads and asks a host that is ours', async () => {
    const own = await serveOwn({ REQUIRE_HTTPS: 'redirect' })
    const host = 'tasks.example'
    const redirected = await ask(`${own}${TASKS}?limit=1`, { headers: { host } })
    expect([redirected.status, redirected.headers.location]).toEqual([308, `${OURS}${TASKS}?limit=1`])
    expect((await ask(`${own}${TASKS}`, { headers: BY_HTTPS })).status).toBe(200)
    const refused = [
      await ask(`${own}${TASKS}`, { headers: { host: 'evil.example' } }),
      await ask(`${own}${TASKS}`, { headers: { host, 'x-forwarded-host': 'evil.example' } }),
      await ask(`${own}${TASKS}`, { method: 'POST', headers: { host, ...JSON_TYPE }, body: '{"title":"Task"}' }),
    ]
    for (const answer of refused) {
      expectProblem(answer, 403, 'https-required')
      expect(answer.headers.location).toBeUndefined()
    }
    for (const probe of ['/health', '/api/health', '/api/readiness'])
      expect((await ask(`${own}${probe}`)).status).toBe(200)
    expect(await countTasks()).toBe(0)
  })

  test('plain HTTP is refused', async () => {
    const own = await serveOwn({ REQUIRE_HTTPS: 'refuse' })
    for (const path of [TASKS, '/', '/nowhere'])
      expectProblem(await ask(`${own}${path}`, { headers: { host: 'tasks.example' } }), 403, 'https-required')
  })
})

test('no secret is ever logged', async () => {
  const LOG_FILE = join(await createFolder(), 'app.log')
  const variables = { LOG_FILE, LOG_LEVEL: 'trace', RATE_LIMIT: '50', ADMIN_RATE_LIMIT: '3' }
  const logger = createServerLogger(readEnvironment({ ...VARIABLES, ...variables }))
  const own = await serveOwn(variables, { logger })
  const cookie = cookieOf(await ask(`${own}${SESSION}`))
  const secret = {
    ...ADMIN,
    cookie: `${cookie}; other=canary-of-a-cookie`,
    origin: OURS,
    'x-api-key': 'canary-of-a-key',
  }
  const wrong = { authorization: 'Bearer canary-of-a-guess', cookie: 'session=canary-of-a-forged-cookie' }
  const statuses: number[] = []
  async function talk(path: string, asked: Asked): Promise<void> {
    statuses.push((await ask(`${own}${path}`, asked)).status)
  }
  await talk(`${TASKS}?limit=1&token=canary-of-a-query`, { headers: secret })
  await talk(TASKS, { method: 'POST', headers: { ...secret, ...JSON_TYPE }, body: '{"title":"canary-of-a-body"}' })
  await talk(TASKS, { method: 'POST', headers: { ...secret, ...JSON_TYPE }, body: '{"canary-of-a-wrong-body' })
  await talk(TASKS, { method: 'POST', headers: { ...wrong, ...JSON_TYPE }, body: '{"title":"x"}' })
  await talk(SESSION, { method: 'PUT', headers: { ...secret, ...JSON_TYPE }, body: '{"name":"canary-of-a-name"}' })
  await talk('/health/detailed', { headers: secret })
  for (let n = 0; n < 4; n++) await talk('/health/detailed', { headers: wrong })
  for (let n = 0; n < 50; n++) await talk(SESSION, { headers: { cookie: secret.cookie, origin: OURS } })
  expect(new Set(statuses)).toEqual(new Set([400, 201, 403, 200, 429]))
  await expect
    .poll(async () => (await readFile(LOG_FILE, 'utf8')).split('"event":"request"').length)
    .toBeGreaterThan(60)
  await logger.close()
  const text = await readFile(LOG_FILE, 'utf8')
  expect(text).not.toContain('canary-of')
  expect(text).not.toContain(cookie.slice(cookie.indexOf('=') + 1, -10))
  expect(text).not.toContain(cookie.split('.')[1])
})
