import { strict as assert } from 'node:assert'
import type { HttpExchange, HttpHook } from '@breakwater/core'
import { type Case, get, PLAIN } from '../case.ts'
import type { Trial } from '../trial.ts'

/** Who is called when, with what. */
export const orderCases: readonly Case[] = [
  {
    name: 'order: start, around and head go first to last, end goes last to first',
    async run(trial) {
      const recorders = ['a', 'b', 'c'].map((name) => trial.recorder(name))
      const hooks = recorders.map(({ hook }, index): HttpHook => ({ ...hook, around: logAround(trial, 'abc'[index]) }))
      const handler = get('/plain', () => {
        trial.log.push('handler')
        return { body: 'plain' }
      })
      await trial.serve({ hooks, routes: [handler] })
      await trial.fetch('GET', '/plain')
      for (const recorder of recorders) await recorder.ended(1)
      const phase = (part: string) => trial.log.filter((line) => line.includes(part))
      assert.deepEqual(phase('onStart'), ['a onStart', 'b onStart', 'c onStart'])
      assert.deepEqual(phase('in'), ['a in', 'b in', 'c in'])
      assert.deepEqual(phase('out'), ['c out', 'b out', 'a out'])
      assert.deepEqual(phase('onHead'), ['a onHead', 'b onHead', 'c onHead'])
      assert.deepEqual(phase('onEnd'), ['c onEnd', 'b onEnd', 'a onEnd'])
      const inOrder = ['c onStart', 'a in', 'c in', 'handler', 'a onHead', 'c onHead', 'c onEnd', 'a onEnd']
      assert.deepEqual(
        trial.log.filter((line) => inOrder.includes(line)),
        inOrder,
      )
    },
  },
  {
    name: 'order: each function of a hook is called once, with the same exchange and slot',
    async run(trial) {
      const seen: { phase: string; exchange: HttpExchange; slot: number }[] = []
      const watch = (): Required<HttpHook> => ({
        onStart: (exchange, slot) => void seen.push({ phase: 'onStart', exchange, slot }),
        around(exchange, next, slot) {
          seen.push({ phase: 'around', exchange, slot })
          next()
        },
        onHead: (exchange, slot) => void seen.push({ phase: 'onHead', exchange, slot }),
        onEnd: (exchange, slot) => void seen.push({ phase: 'onEnd', exchange, slot }),
      })
      await trial.serve({ hooks: [watch(), watch()], routes: [PLAIN] })
      await trial.fetch('GET', '/plain')
      await trial.waiter.until(() => seen.length >= 8, 'eight calls')
      assert.equal(new Set(seen.map(({ exchange }) => exchange)).size, 1)
      const slots = [...new Set(seen.map(({ slot }) => slot))]
      assert.equal(slots.length, 2, 'each hook has a slot of its own')
      for (const slot of slots) {
        const phases = seen.filter((call) => call.slot === slot).map(({ phase }) => phase)
        assert.deepEqual(phases, ['onStart', 'around', 'onHead', 'onEnd'])
      }
    },
  },
  {
    name: 'order: notes of two exchanges at once are kept apart',
    async run(trial) {
      const recorders = [trial.recorder('a'), trial.recorder('b')]
      await trial.serve({ hooks: recorders.map(({ hook }) => hook), routes: [PLAIN] })
      await Promise.all(['1', '2', '3'].map((id) => trial.fetch('GET', '/plain', { headers: { 'x-id': id } })))
      for (const recorder of recorders) {
        const recordings = await recorder.ended(3)
        assert.deepEqual(recordings.map(({ id }) => id).sort(), ['1', '2', '3'])
        assert.equal(new Set(recordings.map(({ exchange }) => exchange)).size, 3)
      }
    },
  },
  {
    name: 'order: hooks may have any of their functions, or none, and there may be no hooks',
    async run(trial) {
      const calls: string[] = []
      const hooks: HttpHook[] = [
        {},
        { onStart: () => void calls.push('onStart') },
        {
          around(_exchange, next) {
            calls.push('around')
            next()
          },
        },
        { onHead: () => void calls.push('onHead') },
        { onEnd: () => void calls.push('onEnd') },
      ]
      await trial.serve({ hooks, routes: [PLAIN] })
      assert.equal((await trial.fetch('GET', '/plain')).text, 'plain')
      await trial.waiter.until(() => calls.length >= 4, 'four calls')
      assert.deepEqual(calls, ['onStart', 'around', 'onHead', 'onEnd'])
      await trial.stop()
      await trial.serve({ routes: [PLAIN] })
      assert.equal((await trial.fetch('GET', '/plain')).text, 'plain')
    },
  },
  {
    name: 'order: an exchange tells method, path, request headers and when it started',
    async run(trial) {
      const beforeMs = performance.now()
      const recorder = trial.recorder()
      let read: unknown[] = []
      const reader: HttpHook = {
        onStart({ method, path, outcome, startedAtMs, ...exchange }) {
          read = [method, path, outcome, typeof startedAtMs, exchange.status]
          return undefined
        },
      }
      await trial.serve({ hooks: [reader, recorder.hook], routes: [PLAIN] })
      await trial.fetch('GET', '/plain?a=1&b=/2', { headers: { 'x-id': 'seven', 'x-empty': '' } })
      const [recording] = await recorder.ended(1)
      const exchange = recording?.exchange as HttpExchange
      assert.deepEqual(read.slice(0, 4), ['GET', '/plain', undefined, 'number'])
      assert.deepEqual([exchange.method, exchange.path], ['GET', '/plain'])
      assert.deepEqual([exchange.header('x-id'), exchange.header('x-empty')], ['seven', ''])
      assert.equal(exchange.header('x-none'), undefined)
      assert.ok(exchange.startedAtMs >= beforeMs && exchange.startedAtMs <= performance.now(), 'on the monotonic clock')
      assert.deepEqual([recording?.outcome, recording?.status, recording?.headStatus], ['finished', 200, 200])
    },
  },
  {
    name: 'order: headers of one name are joined',
    only: 'http1',
    async run(trial) {
      const recorder = trial.recorder()
      await trial.serve({ hooks: [recorder.hook], routes: [PLAIN] })
      const client = await trial.http1()
      client.write(
        'GET /plain HTTP/1.1\r\nHost: a\r\nX-Many: 1\r\nx-many: 2\r\nForwarded: for=a\r\nForwarded: for=b\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n',
      )
      await client.expect('GET').reply()
      const [recording] = await recorder.ended(1)
      assert.equal(recording?.exchange.header('x-many'), '1, 2')
      assert.equal(recording?.exchange.header('forwarded'), 'for=a, for=b')
      assert.equal(recording?.exchange.header('set-cookie'), 'a=1, b=2')
    },
  },
  {
    name: 'order: headers can be set until the head is sent, and setting them later does nothing',
    async run(trial) {
      const recorder = trial.recorder()
      const hook: HttpHook = {
        onStart: (exchange) => exchange.setHeader('x-start', 'a') as undefined,
        onHead: (exchange) => exchange.setHeader('X-Head', 'b'),
        onEnd: (exchange) => exchange.setHeader('x-end', 'c'),
      }
      await trial.serve({ hooks: [recorder.hook, hook], routes: [PLAIN] })
      const { headers } = await trial.fetch('GET', '/plain')
      await recorder.ended(1)
      assert.deepEqual([headers['x-start'], headers['x-head'], headers['x-end']], ['a', 'b', undefined])
    },
  },
]

function logAround(trial: Trial, name: string | undefined): NonNullable<HttpHook['around']> {
  return (_exchange, next) => {
    trial.log.push(`${name} in`)
    next()
    trial.log.push(`${name} out`)
  }
}
