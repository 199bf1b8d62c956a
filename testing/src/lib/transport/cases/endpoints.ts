import { strict as assert } from 'node:assert'
import type { HttpEndpoint, HttpExchange } from '@breakwater/core'
import { type Case, PLAIN } from '../case.ts'
import { defer, quiet } from '../waiter.ts'
import { replyBodies } from './bodies.ts'

const FAILING: readonly { name: string; endpoint: HttpEndpoint }[] = [
  {
    name: 'throws',
    endpoint() {
      throw new Error('secret')
    },
  },
  { name: 'rejects', endpoint: () => Promise.reject(new Error('secret')) },
  {
    name: 'rejects later',
    async endpoint() {
      await new Promise(setImmediate)
      throw new Error('secret')
    },
  },
]

/** What answers at a path of its own. */
export const endpointCases: readonly Case[] = [
  ...replyBodies.flatMap(({ name, reply, text }) =>
    ['GET', 'HEAD'].map(
      (method): Case => ({
        name: `endpoints: ${name}, ${method}`,
        async run(trial) {
          const recorder = trial.recorder()
          let isLater = false
          const endpoint: HttpEndpoint = async () => {
            if (isLater) await new Promise(setImmediate)
            isLater = true
            return reply()
          }
          await trial.serve({ hooks: [recorder.hook], endpoints: { '/ready': endpoint }, routes: [PLAIN] })
          const client = await trial.connect()
          for (let times = 1; times <= 2; times++) {
            const answer = await client.fetch(method, '/ready?verbose')
            const expected = reply()
            assert.deepEqual([answer.status, answer.isComplete], [expected.status, true])
            assert.equal(answer.text, method === 'HEAD' ? '' : text)
            for (const [header, value] of Object.entries(expected.headers ?? {}))
              assert.equal(answer.headers[header], value)
            const length = answer.headers['content-length']
            if (length !== undefined) assert.equal(length, String(Buffer.byteLength(text)), 'content-length')
            const recording = (await recorder.ended(times))[times - 1]
            assert.deepEqual([recording?.outcome, recording?.status], ['finished', expected.status])
            assert.deepEqual([recording?.route, recording?.headRoute], ['/ready', '/ready'])
          }
          assert.equal((await client.fetch('GET', '/plain')).text, 'plain')
        },
      }),
    ),
  ),
  {
    name: 'endpoints: one is given its exchange, and can set headers on it',
    async run(trial) {
      const recorder = trial.recorder()
      let seen: unknown[] = []
      const endpoint = (exchange: HttpExchange) => {
        seen = [exchange.method, exchange.path, exchange.route, exchange.header('accept'), exchange.outcome]
        exchange.setHeader('x-endpoint', 'a')
        return { status: 200, headers: { 'x-reply': 'b' }, body: 'ready' }
      }
      await trial.serve({ hooks: [recorder.hook], endpoints: { '/health/ready': endpoint } })
      const { headers } = await trial.fetch('GET', '/health/ready?a=1', { headers: { accept: 'text/plain' } })
      assert.deepEqual(seen, ['GET', '/health/ready', '/health/ready', 'text/plain', undefined])
      assert.deepEqual([headers['x-endpoint'], headers['x-reply']], ['a', 'b'])
    },
  },
  ...FAILING.map(
    ({ name, endpoint }): Case => ({
      name: `endpoints: one that ${name} is a finished 500 that does not say why`,
      async run(trial) {
        const recorder = trial.recorder()
        await trial.serve({ hooks: [recorder.hook], endpoints: { '/ready': endpoint }, routes: [PLAIN] })
        const client = await trial.connect()
        const { status, text } = await client.fetch('GET', '/ready')
        assert.equal(status, 500)
        assert.ok(!text.includes('secret'), text)
        const [recording] = await recorder.ended(1)
        assert.deepEqual([recording?.outcome, recording?.status], ['finished', 500])
        assert.equal((await client.fetch('GET', '/plain')).text, 'plain')
      },
    }),
  ),
  ...[1, 3].map(
    (count): Case => ({
      name: `endpoints: one whose body throws after ${count} pieces has failed, and the client sees the cut`,
      async run(trial) {
        const recorder = trial.recorder()
        async function* body(): AsyncGenerator<string> {
          for (let index = 0; index < count; index++) {
            yield 'piece'
            await new Promise((resolve) => setTimeout(resolve, 5))
          }
          throw new Error('secret')
        }
        await trial.serve({ hooks: [recorder.hook], endpoints: { '/ready': () => ({ status: 200, body: body() }) } })
        const { status, text, isComplete } = await trial.fetch('GET', '/ready')
        assert.deepEqual([status, text, isComplete], [200, 'piece'.repeat(count), false])
        assert.equal((await recorder.ended(1))[0]?.outcome, 'failed')
        // Whoever hears of the failure, the process goes on.
        assert.equal((await trial.fetch('HEAD', '/nowhere')).status, 404)
      },
    }),
  ),
  {
    name: 'endpoints: one answers a client of HTTP/1.0 in pieces, too',
    only: 'http1',
    async run(trial) {
      const recorder = trial.recorder()
      async function* body(): AsyncGenerator<string> {
        for (const piece of ['one', 'two', 'three']) yield piece
      }
      await trial.serve({ hooks: [recorder.hook], endpoints: { '/ready': () => ({ status: 200, body: body() }) } })
      const client = await trial.http1()
      client.write('GET /ready HTTP/1.0\r\n\r\n')
      assert.equal((await client.expect('GET').reply()).text, 'onetwothree')
      assert.equal((await recorder.ended(1))[0]?.outcome, 'finished')
    },
  },
  {
    name: 'endpoints: one whose client has gone is aborted, and its late reply hurts nobody',
    async run(trial) {
      const recorder = trial.recorder()
      const [arrived, released] = [defer(), defer()]
      let late: () => ReturnType<HttpEndpoint> = () => ({ status: 200, body: 'late' })
      const endpoint: HttpEndpoint = async () => {
        arrived.resolve()
        await released.promise
        return late()
      }
      await trial.serve({ hooks: [recorder.hook], endpoints: { '/ready': endpoint } })
      const clients = [await trial.connect(), await trial.connect()]
      for (const client of clients) client.send('GET', '/ready')
      await trial.waiter.until(() => recorder.recordings.length === 2, 'two requests')
      for (const client of clients) client.destroy()
      for (const { outcome } of await recorder.ended(2)) assert.equal(outcome, 'aborted')
      late = () => Promise.reject(new Error('late as well'))
      released.resolve()
      await quiet()
    },
  },
  {
    name: 'endpoints: a query, other methods and other paths are recorded once',
    async run(trial) {
      const recorder = trial.recorder()
      let asked = 0
      const endpoint: HttpEndpoint = () => {
        asked++
        return { status: 200, body: 'ready' }
      }
      await trial.serve({ hooks: [recorder.hook], endpoints: { '/ready': endpoint } })
      const client = await trial.connect()
      const requests = [
        ['GET', '/ready?'],
        ['GET', '/ready?a'],
        ['GET', '/ready/deeper'],
        ['DELETE', '/ready'],
        ['GET', '/read'],
      ]
      const statuses: number[] = []
      for (const [method = '', target = ''] of requests) statuses.push((await client.fetch(method, target)).status)
      assert.deepEqual([statuses[0], statuses[1], statuses[2], statuses[4]], [200, 200, 404, 404])
      assert.deepEqual(
        (await recorder.ended(5)).map(({ status }) => status),
        statuses,
      )
      assert.equal(recorder.recordings.length, 5)
      assert.equal(asked, statuses.filter((status) => status === 200).length)
    },
  },
]
