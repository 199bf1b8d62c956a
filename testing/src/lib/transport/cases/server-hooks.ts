import { strict as assert } from 'node:assert'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { attach, type HttpServerHook } from '@breakwater/core'
import { type Case, ECHO, get, PLAIN, TEXT } from '../case.ts'
import { isHttp2, isSecure } from '../transport.ts'
import type { Trial } from '../trial.ts'
import { quiet } from '../waiter.ts'

/** What hooks see of the raw server. */
export const serverHookCases: readonly Case[] = [
  {
    name: 'server hooks: a connection is told once, with TLS after its handshake',
    async run(trial) {
      const sockets: Socket[] = []
      const hook: HttpServerHook = {
        onConnection(socket) {
          sockets.push(socket)
          if (isSecure(trial.transport)) assert.equal((socket as TLSSocket).getProtocol()?.slice(0, 4), 'TLSv')
        },
      }
      await trial.serve({ serverHooks: [hook], routes: [PLAIN] })
      for (let connections = 1; connections <= 2; connections++) {
        const client = await trial.connect()
        for (let requests = 1; requests <= 3; requests++) await client.fetch('GET', '/plain')
        assert.equal(sockets.length, connections)
      }
      assert.equal(new Set(sockets).size, 2)
    },
  },
  {
    name: 'server hooks: a connection that fails its handshake is not told',
    async run(trial) {
      if (!isSecure(trial.transport)) return
      let connections = 0
      await trial.serve({ serverHooks: [{ onConnection: () => void connections++ }], routes: [PLAIN] })
      const socket = trial.tcp()
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.write('GET /plain HTTP/1.1\r\n\r\n')
      socket.resume()
      await trial.waiter.within(closed, 'the connection to be closed')
      assert.equal(connections, 0)
      assert.equal((await trial.fetch('GET', '/plain')).text, 'plain')
      assert.equal(connections, 1)
    },
  },
  {
    name: 'server hooks: a request is told once, whoever answers it, before hooks see it',
    async run(trial) {
      const recorder = trial.recorder()
      const requests: string[] = []
      const hook: HttpServerHook = {
        onRequest(request, response) {
          trial.log.push('server hook')
          assert.equal(response.headersSent, false)
          requests.push(`${request.method} ${request.url}`)
        },
      }
      await trial.serve({
        hooks: [recorder.hook],
        serverHooks: [hook],
        routes: [PLAIN, ECHO],
        endpoints: { '/ready': () => ({ status: 200 }) },
      })
      const client = await trial.connect()
      const targets = ['/plain', '/nowhere', '/%zz', '/ready', '/plain?a=1']
      for (const target of targets) await client.fetch('GET', target)
      await client.fetch('POST', '/echo', { headers: TEXT, body: 'echo' })
      assert.deepEqual(requests, [...targets.map((target) => `GET ${target}`), 'POST /echo'])
      await recorder.ended(6)
      assert.deepEqual(trial.log.slice(0, 2), ['server hook', 'hook onStart'])
    },
  },
  ...[false, true].map(
    (isListening): Case => ({
      name: `server hooks: a request that expects 100 Continue is told once, ${isListening ? 'and' : 'also if not'} listened for`,
      async run(trial) {
        const recorder = trial.recorder()
        let requests = 0
        await trial.serve({
          hooks: [recorder.hook],
          serverHooks: [{ onRequest: () => void requests++ }],
          routes: [ECHO],
        })
        if (isListening) {
          // As Node's documentation has it.
          trial.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
            response.writeContinue()
            trial.server.emit('request', request, response)
          })
        }
        const client = await trial.connect()
        const sent = client.send('POST', '/echo', { headers: { ...TEXT, expect: '100-continue' }, length: 4 })
        await quiet()
        sent.write('echo')
        const { status, text, informational } = await sent.reply()
        assert.deepEqual([status, text, informational], [200, 'echo', [100]])
        assert.equal(requests, 1)
        const [recording] = await recorder.ended(1)
        assert.deepEqual([recording?.outcome, recording?.headStatus], ['finished', 200])
        assert.equal(recorder.recordings.length, 1)
      },
    }),
  ),
  {
    name: 'server hooks: a head is told once per response, and its headers are sent, whoever answers',
    async run(trial) {
      const heads: string[] = []
      const hook: HttpServerHook = {
        onHead(request, response) {
          heads.push(`${request.url} ${response.statusCode}`)
          response.setHeader('x-server-head', 'a')
        },
      }
      const direct = get('/direct', ({ response }) => {
        response.writeHead(202, { 'x-own': 'b' })
        response.end('direct')
        return undefined
      })
      await trial.serve({
        hooks: [{ onHead: (exchange) => exchange.setHeader('x-head', 'c') }],
        serverHooks: [hook],
        routes: [PLAIN, direct],
        endpoints: { '/ready': () => ({ status: 200, body: 'ready' }) },
      })
      const client = await trial.connect()
      const seen: string[] = []
      for (const target of ['/plain', '/direct', '/nowhere', '/%zz', '/ready']) {
        const { status, headers } = await client.fetch('GET', target)
        seen.push(`${target} ${status}`)
        assert.equal(headers['x-server-head'], 'a', target)
        if (target !== '/%zz') assert.equal(headers['x-head'], 'c', target)
      }
      assert.deepEqual(heads, seen)
    },
  },
  {
    name: 'server hooks: what is not HTTP is told once, and answered as without hooks',
    async run(trial) {
      const recorder = trial.recorder()
      const { hook, errors } = watchErrors()
      await trial.serve({ hooks: [recorder.hook], serverHooks: [hook], routes: [PLAIN] })
      const raw = trial.tcp()
      const stream = isSecure(trial.transport) ? trial.tls(raw, [isHttp2(trial.transport) ? 'h2' : 'http/1.1']) : raw
      let answer = ''
      const closed = new Promise((resolve) => stream.once('close', resolve))
      stream.on('data', (chunk) => {
        answer += chunk
      })
      stream.write('This is not HTTP, of whichever version it may be\r\n\r\n')
      await trial.waiter.within(closed, 'the connection to be closed')
      if (!isHttp2(trial.transport)) assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/)
      assert.equal(errors.length, 1)
      assert.ok(errors[0]?.error instanceof Error)
      assert.equal(typeof errors[0]?.socket.destroy, 'function')
      assert.deepEqual(recorder.recordings, [])
      assert.equal((await trial.fetch('GET', '/plain')).text, 'plain')
    },
  },
  {
    name: 'server hooks: too long a head is told once and is a 431, what is not HTTP after a good request a 400',
    only: 'http1',
    async run(trial) {
      const recorder = trial.recorder()
      const { hook, errors } = watchErrors()
      await trial.serve({ hooks: [recorder.hook], serverHooks: [hook], routes: [PLAIN] })
      const long = await trial.http1()
      long.write(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`)
      await long.closed()
      assert.match(long.rest, /^HTTP\/1\.1 431 /)
      const turning = await trial.http1()
      assert.equal((await turning.fetch('GET', '/plain')).text, 'plain')
      turning.write('\0\0\0\r\n\r\n')
      await turning.closed()
      assert.match(turning.rest, /^HTTP\/1\.1 400 /)
      const codes = errors.map(({ error }) => (error as NodeJS.ErrnoException).code)
      assert.deepEqual([codes.length, codes[0]], [2, 'HPE_HEADER_OVERFLOW'])
      assert.deepEqual(
        (await recorder.ended(1)).map(({ outcome }) => outcome),
        ['finished'],
      )
    },
  },
  {
    name: 'server hooks: what is detached sees no more, in whichever order',
    async run(trial) {
      await trial.serve({ routes: [PLAIN] })
      const counts = { a: 0, b: 0, c: 0 }
      const detach = (['a', 'b', 'c'] as const).map((name) => attach(trial.server, [counting(counts, name)]))
      const visit = async (...off: number[]) => {
        for (const index of off) detach[index]?.()
        Object.assign(counts, { a: 0, b: 0, c: 0 })
        const { text } = await trial.fetch('GET', '/plain')
        assert.equal(text, 'plain')
        return Object.values(counts)
      }
      // Each hears of a connection, a request and a head.
      assert.deepEqual(await visit(), [3, 3, 3])
      assert.deepEqual(await visit(1), [3, 0, 3])
      assert.deepEqual(await visit(1, 2), [3, 0, 0])
      assert.deepEqual(await visit(0), [0, 0, 0])
    },
  },
  {
    name: 'server hooks: one that is attached already is refused, until it is detached',
    async run(trial) {
      const counts = { mounted: 0, other: 0 }
      const mounted = counting(counts, 'mounted')
      const other = counting(counts, 'other')
      await trial.serve({ serverHooks: [mounted], routes: [PLAIN] })
      const twice = { message: /^Cannot attach a hook twice to one server / }
      assert.throws(() => attach(trial.server, [other, mounted]), twice)
      assert.throws(() => attach(trial.server, [other, other]), twice)
      const detach = attach(trial.server, [other])
      detach()
      detach()
      attach(trial.server, [other])
      assert.equal((await trial.fetch('GET', '/plain')).text, 'plain')
      // A connection, a request and a head.
      assert.deepEqual(counts, { mounted: 3, other: 3 })
    },
  },
  {
    name: 'server hooks: what is not HTTP is counted once where somebody tries to attach twice',
    only: 'http1',
    async run(trial) {
      const { hook, errors } = watchErrors()
      await trial.serve({ serverHooks: [hook], routes: [PLAIN] })
      assert.throws(() => attach(trial.server, [hook]))
      const client = await trial.http1()
      client.write('not HTTP\r\n\r\n')
      await client.closed()
      assert.equal(errors.length, 1)
    },
  },
  {
    name: 'server hooks: all are told, in their order',
    async run(trial) {
      const hooks = ['a', 'b'].map((name): HttpServerHook => logging(trial, name))
      await trial.serve({ serverHooks: hooks, routes: [PLAIN] })
      await trial.fetch('GET', '/plain')
      const phases = ['onConnection', 'onRequest', 'onHead']
      assert.deepEqual(
        trial.log,
        phases.flatMap((phase) => [`a ${phase}`, `b ${phase}`]),
      )
    },
  },
]

function watchErrors(): { hook: HttpServerHook; errors: { error: Error; socket: Socket }[] } {
  const errors: { error: Error; socket: Socket }[] = []
  return { errors, hook: { onClientError: (error, socket) => void errors.push({ error, socket }) } }
}

function counting<name extends string>(counts: Record<name, number>, name: name): HttpServerHook {
  const count = () => void counts[name]++
  return { onConnection: count, onRequest: count, onHead: count }
}

function logging(trial: Trial, name: string): HttpServerHook {
  return {
    onConnection: () => void trial.log.push(`${name} onConnection`),
    onRequest: () => void trial.log.push(`${name} onRequest`),
    onHead: () => void trial.log.push(`${name} onHead`),
  }
}
