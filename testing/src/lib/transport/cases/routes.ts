import { strict as assert } from 'node:assert'
import { type Case, get, PLAIN } from '../case.ts'
import type { Client } from '../client.ts'
import type { Recording } from '../recorder.ts'
import type { TransportRoute } from '../transport.ts'
import type { Trial } from '../trial.ts'

const answer: TransportRoute['answer'] = () => ({ body: 'found' })

const ROUTES: readonly TransportRoute[] = [
  PLAIN,
  get('/files/:name', answer),
  { method: 'GET', prefixes: ['/api'], path: '/tasks', answer },
  { method: 'GET', prefixes: ['/api'], path: '/tasks/:id', answer },
  { method: 'POST', prefixes: ['/api'], path: '/tasks', answer: () => ({ status: 201 }) },
  { method: 'OPTIONS', prefixes: ['/api'], path: '/tasks', answer: () => ({ status: 204 }) },
  { method: 'GET', prefixes: ['/api', '/v1'], path: '/boards/:board/tasks/:task', answer },
]

/** Requests and the pattern that each is to be known by. */
const MATCHED: readonly (readonly [method: string, target: string, route: string])[] = [
  ['GET', '/plain', '/plain'],
  ['GET', '/plain?page=2&back=/api/tasks', '/plain'],
  ['HEAD', '/plain', '/plain'],
  ['GET', '/files/a', '/files/:name'],
  ['GET', '/files/a%2Fb', '/files/:name'],
  ['GET', '/files/%F0%9F%8C%8A', '/files/:name'],
  ['GET', '/api/tasks', '/api/tasks'],
  ['POST', '/api/tasks', '/api/tasks'],
  ['OPTIONS', '/api/tasks', '/api/tasks'],
  ['GET', '/api/tasks/7', '/api/tasks/:id'],
  ['HEAD', '/api/tasks/7?x=1', '/api/tasks/:id'],
  ['GET', '/api/v1/boards/a/tasks/b', '/api/v1/boards/:board/tasks/:task'],
  ['GET', '/api/v1/boards/a%2Fb/tasks/c?d', '/api/v1/boards/:board/tasks/:task'],
]

const UNMATCHED = [
  '/',
  '/nowhere',
  '/plain/nowhere',
  '/api',
  '/api/nowhere',
  '/api/v1',
  '/api/v1/boards/a',
  '//',
  '/a?b',
]

/** What routers refuse, each in its own way: with which status is theirs to say. */
const ODD = [
  '/%zz',
  '/api/tasks/%zz',
  '/api/tasks/%',
  `/api/tasks/${'a'.repeat(2_000)}`,
  '/plain;v=1',
  '/%00',
  '//plain',
]

/** By which pattern an exchange is known. */
export const routeCases: readonly Case[] = [
  ...MATCHED.map(
    ([method, target, route]): Case => ({
      name: `routes: ${method} ${target} is ${route}`,
      async run(trial) {
        const { recording, status } = await visit(trial, method, target)
        assert.deepEqual([recording.headRoute, recording.route], [route, route])
        assert.equal(recording.exchange.path, target.split('?')[0])
        assert.equal(recording.exchange.method, method)
        assert.ok(status < 300, `answered ${status}`)
      },
    }),
  ),
  {
    name: 'routes: what no route matches has none, and is a 404',
    async run(trial) {
      for (const [index, target] of UNMATCHED.entries()) {
        const { recording, status } = await visit(trial, 'GET', target, index)
        assert.deepEqual([status, recording.headRoute, recording.route], [404, undefined, undefined], target)
      }
    },
  },
  {
    name: 'routes: a method that a known path does not have is recorded once, without a route',
    async run(trial) {
      for (const [index, method] of ['DELETE', 'PUT', 'PROPFIND'].entries()) {
        const { recording, status } = await visit(trial, method, '/plain', index)
        assert.ok([404, 405].includes(status), `answered ${status}`)
        assert.equal(recording.route, undefined, method)
      }
    },
  },
  ...ODD.map(
    (target): Case => ({
      name: `routes: ${target.slice(0, 20)} is recorded once`,
      async run(trial) {
        const { recording } = await visit(trial, 'GET', target)
        const known = [undefined, '/plain', '/files/:name', '/api/tasks/:id']
        assert.ok(known.includes(recording.route), `an unbounded route: ${recording.route}`)
      },
    }),
  ),
  {
    name: 'routes: targets in absolute and asterisk form are recorded once',
    only: 'http1',
    async run(trial) {
      await visit(trial, 'GET', 'http://127.0.0.1/plain?a=1', 0)
      await visit(trial, 'OPTIONS', '*', 1)
    },
  },
  {
    name: 'routes: a gate on an unmatched path answers before there is a 404',
    async run(trial) {
      const recorder = trial.recorder()
      await trial.serve({ hooks: [recorder.hook, { onStart: () => ({ status: 503 }) }], routes: ROUTES })
      assert.equal((await trial.fetch('GET', '/nowhere')).status, 503)
      const [recording] = await recorder.ended(1)
      assert.deepEqual([recording?.status, recording?.route], [503, undefined])
    },
  },
]

const started = new WeakMap<Trial, { client: Client; recordings: (count: number) => Promise<readonly Recording[]> }>()

/** Sends a request on the trial's one connection and returns its recording, the only new one. */
async function visit(
  trial: Trial,
  method: string,
  target: string,
  index = 0,
): Promise<{ recording: Recording; status: number }> {
  let visitor = started.get(trial)
  if (visitor === undefined) {
    const recorder = trial.recorder()
    await trial.serve({ hooks: [recorder.hook], routes: ROUTES })
    visitor = { client: await trial.connect(), recordings: recorder.ended }
    started.set(trial, visitor)
  }
  const { status } = await visitor.client.fetch(method, target)
  const recordings = await visitor.recordings(index + 1)
  assert.equal(recordings.length, index + 1, `${target} was recorded ${recordings.length - index} times`)
  const recording = recordings[index] as Recording
  assert.equal(
    recording.status,
    status,
    `${target} was recorded with status ${recording.status}, the client saw ${status}`,
  )
  assert.equal(recording.outcome, 'finished')
  return { recording, status }
}
