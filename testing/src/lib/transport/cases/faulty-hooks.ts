import { strict as assert } from 'node:assert'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpExchange, HttpHook, HttpServerHook } from '@breakwater/core'
import { type Case, ECHO, get, PLAIN, TEXT } from '../case.ts'
import { formatRequest } from '../http1-client.ts'
import type { TransportRoute } from '../transport.ts'
import type { Trial } from '../trial.ts'

function fail(): never {
  throw new Error('a bug in a hook')
}

function throwAfter(_exchange: HttpExchange, next: () => void): void {
  next()
  fail()
}

function goTwice(_exchange: HttpExchange, next: () => void): void {
  next()
  next()
}

/** What follows in it goes on once more. */
function goInside(): HttpHook[] {
  const kept = new WeakMap<HttpExchange, () => void>()
  return [
    {
      around(exchange, next) {
        kept.set(exchange, next)
        next()
      },
    },
    {
      around(exchange, next) {
        kept.get(exchange)?.()
        next()
      },
    },
  ]
}

/** Hooks that throw, and in which function they are said to have thrown. */
const THROWING: readonly { name: string; hook: HttpHook; phase: string }[] = [
  { name: 'onStart throws', hook: { onStart: fail }, phase: 'onStart' },
  { name: 'around throws before next', hook: { around: fail }, phase: 'around' },
  { name: 'around throws after next', hook: { around: throwAfter }, phase: 'around' },
  { name: 'onHead throws', hook: { onHead: fail }, phase: 'onHead' },
  {
    name: 'onHead sets what is no header',
    hook: { onHead: (exchange) => exchange.setHeader('a b', '\n') },
    phase: 'onHead',
  },
  { name: 'onEnd throws', hook: { onEnd: fail }, phase: 'onEnd' },
]

/** Hooks that go on in a wrong way, and whether that is told: to have gone on never is nobody's failure. */
const STRAYING: readonly { name: string; hooks: () => HttpHook[]; isTold: boolean }[] = [
  { name: 'never goes on', hooks: () => [{ around: () => {} }], isTold: false },
  { name: 'goes on twice', hooks: () => [{ around: goTwice }], isTold: true },
  { name: 'goes on from inside of what follows', hooks: goInside, isTold: true },
  {
    name: 'goes on too late',
    hooks: () => [{ around: (_exchange, next) => void setTimeout(next, 5) }],
    isTold: true,
  },
]

/** Hooks that do wrong, and whom that must not hurt. */
export const faultyHookCases: readonly Case[] = [
  ...THROWING.map(
    ({ name, hook, phase }): Case => ({
      name: `faulty hooks: where ${name}, the request and other hooks go on`,
      async run(trial) {
        trial.expectsFaults = true
        await servesOn(trial, hook)
        assert.deepEqual(
          new Set(trial.faults.map((fault) => `${fault.type} ${fault.phase}`)),
          new Set([`hook:failed ${phase}`]),
        )
        assert.equal(trial.faults.length, 3, 'one event for each request')
        assert.ok(trial.faults.every(({ error }) => error instanceof Error))
      },
    }),
  ),
  ...STRAYING.map(
    ({ name, hooks, isTold }): Case => ({
      name: `faulty hooks: where around ${name}, the handler runs once${isTold ? ', and it is told' : ''}`,
      async run(trial) {
        trial.expectsFaults = true
        await servesOn(trial, ...hooks())
        const told = isTold ? 3 : 0
        await trial.waiter.until(() => trial.faults.length >= told, 'one event for each request')
        assert.deepEqual(
          trial.faults.map(({ phase, error }) => `${phase} ${(error as Error).message}`),
          Array(told).fill('around Expected `around` to call `next` once, and before it returns'),
        )
      },
    }),
  ),
  {
    name: 'faulty hooks: around does not get to keep what a handler throws',
    async run(trial) {
      const recorder = trial.recorder()
      const around: HttpHook['around'] = (_exchange, next) => {
        try {
          next()
        } catch {
          // As a careless hook would.
        }
      }
      const throws: TransportRoute['answer'] = () => {
        throw new Error('secret')
      }
      await trial.serve({ hooks: [recorder.hook, { around }], routes: [get('/throws', throws)] })
      assert.equal((await trial.fetch('GET', '/throws')).status, 500)
      assert.equal((await recorder.ended(1))[0]?.status, 500)
    },
  },
  {
    name: 'faulty hooks: a request of which every hook throws everywhere is answered',
    async run(trial) {
      trial.expectsFaults = true
      const faulty = { onStart: fail, around: fail, onHead: fail, onEnd: fail }
      await trial.serve({
        hooks: [faulty, faulty],
        routes: [PLAIN, ECHO],
        endpoints: { '/ready': () => ({ status: 200, body: 'ready' }) },
      })
      const client = await trial.connect()
      assert.equal((await client.fetch('GET', '/plain')).text, 'plain')
      assert.equal((await client.fetch('POST', '/echo', { headers: TEXT, body: 'echo' })).text, 'echo')
      assert.equal((await client.fetch('GET', '/ready')).text, 'ready')
      assert.equal((await client.fetch('GET', '/nowhere')).status, 404)
      await trial.waiter.until(() => trial.faults.length === 4 * 2 * 4, 'an event for each')
    },
  },
  {
    name: 'faulty hooks: a server hook that throws hurts nobody',
    async run(trial) {
      trial.expectsFaults = true
      const recorder = trial.recorder()
      const faulty: HttpServerHook = { onConnection: fail, onRequest: fail, onHead: fail }
      let heads = 0
      await trial.serve({
        hooks: [recorder.hook],
        serverHooks: [faulty, { onHead: () => void heads++ }],
        routes: [PLAIN],
      })
      assert.equal((await trial.fetch('GET', '/plain')).text, 'plain')
      await recorder.ended(1)
      assert.equal(heads, 1)
      assert.deepEqual(
        trial.faults.map(({ phase }) => phase),
        ['onConnection', 'onRequest', 'onHead'],
      )
    },
  },
  {
    name: 'faulty hooks: a server hook that throws on upgrades and errors of clients hurts nobody',
    only: 'http1',
    async run(trial) {
      trial.expectsFaults = true
      await trial.serve({ serverHooks: [{ onUpgrade: fail, onClientError: fail }], routes: [PLAIN] })
      trial.server.on('upgrade', (_request: IncomingMessage, socket: Socket) => socket.end('HTTP/1.1 101 Gone\r\n\r\n'))
      const upgrading = await trial.http1()
      upgrading.write(formatRequest('GET', '/socket', { headers: { connection: 'upgrade', upgrade: 'echo' } }))
      await upgrading.closed()
      assert.match(upgrading.rest, /^HTTP\/1\.1 101 /)
      const stammering = await trial.http1()
      stammering.write('not HTTP\r\n\r\n')
      await stammering.closed()
      assert.match(stammering.rest, /^HTTP\/1\.1 400 /)
      assert.deepEqual(
        trial.faults.map(({ phase }) => phase),
        ['onUpgrade', 'onClientError'],
      )
    },
  },
]

/** Sends three requests of three kinds through hooks between two good ones. */
async function servesOn(trial: Trial, ...faulty: readonly HttpHook[]): Promise<void> {
  const [before, after] = [trial.recorder('before'), trial.recorder('after')]
  let handled = 0
  const count = <answer>(answer: answer): answer => {
    handled++
    return answer
  }
  await trial.serve({
    hooks: [before.hook, ...faulty, after.hook],
    routes: [get('/plain', () => count({ body: 'plain' })), { ...ECHO, answer: (call) => count(ECHO.answer(call)) }],
    endpoints: { '/ready': () => count({ status: 200, body: 'ready' }) },
  })
  const client = await trial.connect()
  assert.equal((await client.fetch('GET', '/plain')).text, 'plain')
  assert.equal((await client.fetch('POST', '/echo', { headers: TEXT, body: 'echo' })).text, 'echo')
  assert.equal((await client.fetch('GET', '/ready')).text, 'ready')
  for (const recorder of [before, after]) {
    for (const { calls, outcome, status } of await recorder.ended(3)) {
      assert.deepEqual([outcome, status, calls], ['finished', 200, ['onStart', 'around', 'onHead', 'onEnd']])
    }
  }
  assert.equal(handled, 3)
}
