import { tmpdir } from 'node:os'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../src/app.ts'
import { createTaskCache } from '../src/cache/task-cache.ts'
import type { Database } from '../src/database/database.ts'
import { guardDatabase } from '../src/database/guarded.ts'
import { readEnvironment } from '../src/environment.ts'
import { openEmbedded } from './support/databases.ts'
import { WRONG_BODIES } from './support/wrong-bodies.ts'

const TASKS = '/api/v1/tasks'
const NOBODY = '01890000-0000-7000-8000-000000000000'
const JSON_TYPE = { 'content-type': 'application/json' }

const cache = createTaskCache()
let database: Database
let app: FastifyInstance

beforeAll(async () => {
  database = await openEmbedded()
  const environment = readEnvironment({ NODE_ENV: 'test', LOG_LEVEL: 'silent', MAX_TASKS: '30', DATA_DIR: tmpdir() })
  app = await createApp(environment, guardDatabase(database), cache)
}, 60_000)
beforeEach(async () => {
  await database.query({ name: 'empty', text: 'truncate tasks' })
  await cache.clear()
})
afterAll(async () => {
  await app?.close()
  await database?.close()
})

type Answer = Awaited<ReturnType<typeof ask>>

async function ask(method: InjectOptions['method'] & string, url: string, body?: unknown, headers = {}) {
  const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }
  const answer = await app.inject({
    method,
    url,
    ...payload,
    headers: body === undefined ? headers : { ...JSON_TYPE, ...headers },
  })
  const isJson = /json/.test(String(answer.headers['content-type']))
  return {
    status: answer.statusCode,
    headers: answer.headers,
    json: isJson && answer.body !== '' ? answer.json() : undefined,
    body: answer.body,
  }
}

function create(task: object = { title: 'Task' }): Promise<Answer> {
  return ask('POST', TASKS, task)
}

/** What every problem must be. */
function expectProblem({ status, headers, json }: Answer, expected: number, name: string, errors?: unknown): void {
  expect(headers['content-type']).toBe('application/problem+json')
  expect(json).toMatchObject({ type: `/problems/${name}`, status: expected, title: expect.any(String) })
  expect(status).toBe(expected)
  if (errors !== undefined) expect(json.errors).toEqual(errors)
}

async function expectNothingStored(): Promise<void> {
  expect((await ask('GET', TASKS)).json).toEqual({ items: [], nextCursor: null })
}

describe('tasks', () => {
  test('POST stores a task and says where it is', async () => {
    const created = await create({ title: '  Write tests \n', description: 'All' })
    expect(created.status).toBe(201)
    expect(created.headers).toMatchObject({ location: `${TASKS}/${created.json.id}`, etag: '"1"' })
    expect(created.json).toMatchObject({
      board: 'main',
      title: 'Write tests',
      description: 'All',
      status: 'open',
      priority: 'normal',
      version: 1,
    })
    const read = await ask('GET', String(created.headers.location))
    expect([read.status, read.json, read.headers.etag]).toEqual([200, created.json, '"1"'])
  })

  test('GET gives pages that follow each other', async () => {
    const ids: string[] = []
    for (let n = 0; n < 23; n++) ids.unshift((await create()).json.id)
    const first = (await ask('GET', TASKS)).json
    expect(first.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 20))
    const last = (await ask('GET', `${TASKS}?limit=100&cursor=${first.nextCursor}`)).json
    expect(last.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(20))
    expect(last.nextCursor).toBeNull()
  })

  test('GET lists the tasks of one board alone', async () => {
    const { id } = (await create({ title: 'Task', board: 'team-2' })).json
    await create()
    for (const limit of [1, 20]) {
      const { items, nextCursor } = (await ask('GET', `${TASKS}?board=team-2&limit=${limit}`)).json
      expect(items).toEqual([expect.objectContaining({ id, board: 'team-2' })])
      expect(nextCursor).toBeNull()
    }
    await ask('PATCH', `${TASKS}/${id}`, { board: 'main' })
    expect((await ask('GET', `${TASKS}?board=team-2`)).json.items).toEqual([])
    expect((await ask('GET', `${TASKS}?board=main`)).json.items).toHaveLength(2)
    expectProblem(await ask('GET', `${TASKS}?board=-`), 400, 'invalid-request', [
      { parameter: 'board', detail: expect.stringContaining('must be 1 to 64') },
    ])
  })

  test('PATCH changes a task, of either type', async () => {
    const { id } = (await create({ title: 'Task', description: 'Long' })).json
    const changed = await ask('PATCH', `${TASKS}/${id}`, { status: 'done' })
    expect([changed.status, changed.headers.etag]).toEqual([200, '"2"'])
    expect(changed.json).toMatchObject({ title: 'Task', description: 'Long', status: 'done', version: 2 })
    const merged = await ask(
      'PATCH',
      `${TASKS}/${id}`,
      { description: null },
      { 'content-type': 'application/merge-patch+json' },
    )
    expect(merged.json).toMatchObject({ description: null, version: 3 })
  })

  test('PATCH and DELETE keep to If-Match', async () => {
    const { id } = (await create()).json
    const stale = { 'if-match': '"2"' }
    expectProblem(await ask('PATCH', `${TASKS}/${id}`, { title: 'New' }, stale), 412, 'version-mismatch')
    expectProblem(await ask('DELETE', `${TASKS}/${id}`, undefined, stale), 412, 'version-mismatch')
    expectProblem(await ask('DELETE', `${TASKS}/${id}`, undefined, { 'if-match': '1' }), 400, 'invalid-request', [
      { header: 'If-Match', detail: expect.stringContaining('"3"') },
    ])
    expect((await ask('PATCH', `${TASKS}/${id}`, { title: 'New' }, { 'if-match': '"1"' })).status).toBe(200)
    expect((await ask('DELETE', `${TASKS}/${id}`, undefined, { 'if-match': '*' })).status).toBe(204)
  })

  test('DELETE takes a task away', async () => {
    const { id } = (await create()).json
    const deleted = await ask('DELETE', `${TASKS}/${id}`)
    expect([deleted.status, deleted.body]).toEqual([204, ''])
    expectProblem(await ask('DELETE', `${TASKS}/${id}`), 404, 'task-not-found')
    await expectNothingStored()
  })

  test('POST refuses more tasks than there may be', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => create()))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(30)
    for (const answer of answers.filter(({ status }) => status !== 201))
      expectProblem(answer, 409, 'task-limit-reached')
    expect((await ask('GET', `${TASKS}?limit=100`)).json.items).toHaveLength(30)
  })

  test('a trailing slash makes no difference', async () => {
    expect((await ask('GET', `${TASKS}/`)).json).toEqual({ items: [], nextCursor: null })
  })
})

describe('a body that is wrong', () => {
  test.each(WRONG_BODIES)('with %s is refused, and nothing stored', async (_, body, errors) => {
    expectProblem(await ask('POST', TASKS, body), 400, 'invalid-request', errors)
    await expectNothingStored()
  })

  test('of the largest size that is allowed is taken', async () => {
    const title = '🎉'.repeat(200)
    const description = '🎉'.repeat(10_000)
    const escaped = JSON.stringify({ title, description }).replaceAll('🎉', '\\ud83c\\udf89')
    expect((await ask('POST', TASKS, escaped)).json).toMatchObject({ title, description })
  })

  test('of no JSON is refused', async () => {
    for (const body of ['{"title":', 'title=x', '{"title":"a","__proto__":{"status":"done"}}', '{"title":"a"}}']) {
      expectProblem(await ask('POST', TASKS, body), 400, 'malformed-body')
    }
    expectProblem(await ask('POST', TASKS, undefined, JSON_TYPE), 400, 'malformed-body')
    expectProblem(await ask('POST', TASKS), 400, 'invalid-request')
    await expectNothingStored()
  })

  test('of another type is refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'nonsense',
      'application/jsonx',
    ]) {
      expectProblem(await ask('POST', TASKS, '{"title":"a"}', { 'content-type': type }), 415, 'unsupported-media-type')
    }
    await expectNothingStored()
  })

  test('that is too large is refused', async () => {
    expectProblem(await create({ title: 'a', description: 'x'.repeat(140_000) }), 413, 'body-too-large')
    await expectNothingStored()
  })

  test('of a change is refused, and nothing changed', async () => {
    const { id, ...before } = (await create()).json
    for (const body of [{}, { title: '' }, { title: null }, { status: null }, { version: 7 }, { id: NOBODY }, []]) {
      expectProblem(await ask('PATCH', `${TASKS}/${id}`, body), 400, 'invalid-request')
    }
    expect((await ask('GET', `${TASKS}/${id}`)).json).toEqual({ id, ...before })
  })
})

describe('a path or query that is wrong', () => {
  test.each(['1', 'x', `${NOBODY}x`, NOBODY.slice(1), `urn:uuid:${NOBODY}`, '%00', "'%20or%201=1", 'x'.repeat(5_000)])(
    'with the id %.50s is refused',
    async (id) => {
      for (const method of ['GET', 'DELETE'] as const) {
        expectProblem(await ask(method, `${TASKS}/${id}`), 400, 'invalid-request', [
          { parameter: 'id', detail: 'must be a UUID' },
        ])
      }
      expectProblem(await ask('PATCH', `${TASKS}/${id}`, { title: 'New' }), 400, 'invalid-request')
    },
  )

  test('with an id that no task has is not found', async () => {
    for (const id of [NOBODY, NOBODY.toUpperCase().replaceAll('0', 'F'), '00000000-0000-0000-0000-000000000000']) {
      expectProblem(await ask('GET', `${TASKS}/${id}`), 404, 'task-not-found')
      expectProblem(await ask('PATCH', `${TASKS}/${id}`, { title: 'New' }), 404, 'task-not-found')
      expectProblem(await ask('DELETE', `${TASKS}/${id}`), 404, 'task-not-found')
    }
  })

  test.each(['0', '-1', '101', '1.5', '1e1', 'x', '', '%2010', '010', '999999999999'])(
    'with limit=%s is refused',
    async (limit) => {
      expectProblem(await ask('GET', `${TASKS}?limit=${limit}`), 400, 'invalid-request', [
        { parameter: 'limit', detail: 'must be an integer from 1 to 100' },
      ])
    },
  )

  test.each(['1', '20', '99', '100'])('with limit=%s is fine', async (limit) => {
    expect((await ask('GET', `${TASKS}?limit=${limit}`)).status).toBe(200)
  })

  test.each(['', 'x', NOBODY, 'AQGJAAAAAHAAgAAAAAAAAAAAAAAA', 'x'.repeat(5_000), '%00'])(
    'with cursor=%.50s is refused',
    async (cursor) => {
      expectProblem(await ask('GET', `${TASKS}?cursor=${cursor}`), 400, 'invalid-request', [
        { parameter: 'cursor', detail: expect.any(String) },
      ])
    },
  )

  test('with a parameter twice, or one that is not known, is refused', async () => {
    expectProblem(await ask('GET', `${TASKS}?limit=1&limit=2`), 400, 'invalid-request', [
      { parameter: 'limit', detail: 'must be string' },
    ])
    expectProblem(await ask('GET', `${TASKS}?limt=1`), 400, 'invalid-request', [
      { parameter: 'limt', detail: 'is not known here' },
    ])
  })

  test('that cannot be decoded is refused', async () => {
    expectProblem(await ask('GET', `${TASKS}/%E0%A4%A`), 400, 'malformed-url')
    expectProblem(await ask('GET', '/%zz'), 400, 'malformed-url')
  })

  test('where nothing is is not found', async () => {
    for (const url of ['/nowhere', '/api/v1', '/api/v1/tasks/a/b', '/api/v1/TASKS', '/api//v1/tasks']) {
      expectProblem(await ask('GET', url), 404, 'route-not-found')
    }
    expectProblem(await ask('POST', '/nowhere', '{', { 'content-type': 'text/plain' }), 404, 'route-not-found')
  })

  test('with a method that it does not answer says which it does', async () => {
    const put = await ask('PUT', `${TASKS}/${NOBODY}`, 'x', { 'content-type': 'text/plain' })
    expectProblem(put, 405, 'method-not-allowed')
    expect(put.headers.allow).toBe('DELETE, GET, HEAD, PATCH')
    const deleted = await ask('DELETE', TASKS)
    expectProblem(deleted, 405, 'method-not-allowed')
    expect(deleted.headers.allow).toBe('GET, HEAD, POST')
    expectProblem(await ask('POST', '/health', {}), 405, 'method-not-allowed')
  })
})

describe('the server itself', () => {
  test('says what it is and serves', async () => {
    expect((await ask('GET', '/')).json).toEqual({
      name: 'task-server',
      description: expect.any(String),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      routes: {
        '/': ['GET', 'HEAD'],
        '/api/health': ['GET', 'HEAD'],
        '/api/readiness': ['GET', 'HEAD'],
        '/api/startup': ['GET', 'HEAD'],
        '/api/v1/session': ['DELETE', 'GET', 'PUT'],
        '/api/v1/tasks': ['GET', 'HEAD', 'POST'],
        '/api/v1/tasks/:id': ['DELETE', 'GET', 'HEAD', 'PATCH'],
        '/health': ['GET', 'HEAD'],
        '/health/dependencies': ['GET', 'HEAD'],
        '/health/detailed': ['GET', 'HEAD'],
        '/problems/:name': ['GET', 'HEAD'],
      },
    })
  })

  test('is healthy', async () => {
    const { status, json } = await ask('GET', '/health')
    const components = { shutdown: 'healthy', database: 'healthy', tasks: 'healthy', cache: 'healthy', disk: 'healthy' }
    expect([status, json]).toEqual([
      200,
      {
        status: 'healthy',
        timestamp: expect.stringMatching(/Z$/),
        uptime: expect.any(Number),
        memory: expect.objectContaining({ rssBytes: expect.any(Number) }),
        version: expect.any(String),
        components,
        ...components,
      },
    ])
  })

  test('explains its problems where their types point to', async () => {
    const { type, title } = (await ask('GET', '/nowhere')).json
    expect((await ask('GET', type)).json).toEqual({ type, title, status: 404 })
    expectProblem(await ask('GET', '/problems/toString'), 404, 'route-not-found')
  })
})
