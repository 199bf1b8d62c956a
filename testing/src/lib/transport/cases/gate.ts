import { strict as assert } from 'node:assert'
import type { HttpHook, HttpReply } from '@breakwater/core'
import { type Case, ECHO, get, PLAIN, TEXT } from '../case.ts'
import { replyBodies } from './bodies.ts'

/** What a hook's reply does. */
export const gateCases: readonly Case[] = [
  {
    name: 'gate: a reply ends the request: no handler, no later hooks, earlier ones ended',
    async run(trial) {
      const [earlier, gate, later] = [trial.recorder('earlier'), trial.recorder('gate'), trial.recorder('later')]
      const handler = get('/plain', () => {
        trial.log.push('handler')
        return {}
      })
      await trial.serve({
        hooks: [earlier.hook, { ...gate.hook, onStart: gated(gate.hook) }, later.hook],
        routes: [handler],
      })
      const { status, headers, text } = await trial.fetch('GET', '/plain')
      assert.deepEqual([status, headers['retry-after'], text], [503, '1', 'later'])
      for (const recorder of [earlier, gate]) {
        const [recording] = await recorder.ended(1)
        assert.deepEqual([recording?.outcome, recording?.status, recording?.headStatus], ['finished', 503, 503])
        assert.deepEqual(recording?.calls, ['onStart', 'onHead', 'onEnd'])
      }
      assert.deepEqual(later.recordings, [])
      assert.deepEqual(
        trial.log.filter((line) => line === 'handler' || line.startsWith('later')),
        [],
      )
      assert.deepEqual(trial.log.slice(-2), ['gate onEnd', 'earlier onEnd'])
    },
  },
  ...replyBodies.flatMap(({ name, reply, text }) =>
    ['GET', 'HEAD'].map(
      (method): Case => ({
        name: `gate: ${name}, ${method}`,
        async run(trial) {
          const recorder = trial.recorder()
          await trial.serve({ hooks: [recorder.hook, { onStart: () => reply() }], routes: [PLAIN] })
          const client = await trial.connect()
          // Twice on one connection: where a body is framed wrongly, the second suffers.
          for (let times = 1; times <= 2; times++) {
            const answer = await client.fetch(method, '/plain')
            const expected = reply()
            assert.equal(answer.status, expected.status)
            assert.equal(answer.text, method === 'HEAD' ? '' : text)
            assert.ok(answer.isComplete)
            for (const [header, value] of Object.entries(expected.headers ?? {}))
              assert.equal(answer.headers[header], value)
            const length = answer.headers['content-length']
            if (length !== undefined) assert.equal(length, String(Buffer.byteLength(text)), 'content-length')
            await recorder.ended(times)
          }
          assert.deepEqual(
            recorder.recordings.map(({ outcome }) => outcome),
            ['finished', 'finished'],
          )
        },
      }),
    ),
  ),
  {
    name: 'gate: a reply gets the headers that hooks set',
    async run(trial) {
      const hook: HttpHook = {
        onStart: (exchange) => exchange.setHeader('x-start', 'a') as undefined,
        onHead: (exchange) => exchange.setHeader('x-head', 'b'),
      }
      await trial.serve({ hooks: [hook, { onStart: () => ({ status: 429, body: 'slow down' }) }], routes: [PLAIN] })
      const { status, headers } = await trial.fetch('GET', '/plain')
      assert.deepEqual([status, headers['x-start'], headers['x-head']], [429, 'a', 'b'])
    },
  },
  {
    name: 'gate: a connection serves on after a refused request whose body nobody read',
    async run(trial) {
      const recorder = trial.recorder()
      const gate: HttpHook = { onStart: ({ path }) => (path === '/echo' ? { status: 503, body: 'no' } : undefined) }
      await trial.serve({ hooks: [recorder.hook, gate], routes: [PLAIN, ECHO] })
      const client = await trial.connect()
      const refused = await client.fetch('POST', '/echo', { headers: TEXT, body: 'x'.repeat(200_000) })
      assert.deepEqual([refused.status, refused.text], [503, 'no'])
      assert.equal((await client.fetch('GET', '/plain')).text, 'plain')
      await recorder.ended(2)
      assert.deepEqual(
        recorder.recordings.map(({ outcome }) => outcome),
        ['finished', 'finished'],
      )
    },
  },
  {
    name: 'gate: the first reply wins, and lets the next request through',
    async run(trial) {
      const recorder = trial.recorder()
      await trial.serve({
        hooks: [recorder.hook, only('1', { status: 503 }), only('2', { status: 429 }), only('1', { status: 418 })],
        routes: [PLAIN],
      })
      const statuses: number[] = []
      const client = await trial.connect()
      for (const id of ['1', '2', '3']) {
        statuses.push((await client.fetch('GET', '/plain', { headers: { 'x-id': id } })).status)
      }
      assert.deepEqual(statuses, [503, 429, 200])
      assert.deepEqual(
        (await recorder.ended(3)).map(({ status }) => status),
        statuses,
      )
    },
  },
]

function gated(hook: Required<HttpHook>): NonNullable<HttpHook['onStart']> {
  return (exchange, slot) => {
    hook.onStart(exchange, slot)
    return { status: 503, headers: { 'retry-after': '1' }, body: 'later' }
  }
}

function only(id: string, reply: HttpReply): HttpHook {
  return { onStart: (exchange) => (exchange.header('x-id') === id ? reply : undefined) }
}
