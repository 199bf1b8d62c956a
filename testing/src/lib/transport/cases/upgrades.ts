import { strict as assert } from 'node:assert'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpServerHook } from '@breakwater/core'
import { type Case, get, PLAIN } from '../case.ts'
import { formatRequest } from '../http1-client.ts'
import { quiet } from '../waiter.ts'

const UPGRADE = formatRequest('GET', '/socket', { headers: { connection: 'upgrade', upgrade: 'echo' } })
const CONNECT = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n'

/** A connection that leaves HTTP, or asks to. */
export const upgradeCases: readonly Case[] = [
  ...[
    { event: 'upgrade', request: UPGRADE, method: 'GET', url: '/socket', status: '101 Switching Protocols' },
    { event: 'connect', request: CONNECT, method: 'CONNECT', url: 'example.com:443', status: '200 OK' },
  ].map(
    ({ event, request, method, url, status }): Case => ({
      name: `upgrades: ${event} is told to server hooks once, and not to hooks`,
      only: 'http1',
      async run(trial) {
        const recorder = trial.recorder()
        const { hook, upgrades, requests } = watchUpgrades()
        await trial.serve({ hooks: [recorder.hook], serverHooks: [hook], routes: [PLAIN] })
        trial.server.on(event, (_request: IncomingMessage, socket: Socket) => {
          socket.on('error', () => {})
          socket.write(`HTTP/1.1 ${status}\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n`)
          socket.pipe(socket)
        })
        const client = await trial.http1()
        assert.equal((await client.fetch('GET', '/plain')).text, 'plain')
        client.write(request)
        const { head, piece } = client.expect('GET')
        assert.equal((await head()).status, Number(status.slice(0, 3)))
        client.write('out of HTTP')
        assert.equal((await piece())?.toString(), 'out of HTTP')
        client.destroy()
        await quiet()
        assert.deepEqual(upgrades, [`${method} ${url} writable`])
        assert.equal(requests(), 1)
        assert.equal(recorder.recordings.length, 1)
      },
    }),
  ),
  {
    name: 'upgrades: where nobody listens for them, one is a request like any other',
    only: 'http1',
    async run(trial) {
      const recorder = trial.recorder()
      const { hook, upgrades, requests } = watchUpgrades()
      const socket = get('/socket', () => ({ body: 'no socket here' }))
      await trial.serve({ hooks: [recorder.hook], serverHooks: [hook], routes: [socket] })
      const client = await trial.http1()
      for (let times = 1; times <= 2; times++) {
        client.write(UPGRADE)
        assert.equal((await client.expect('GET').reply()).text, 'no socket here')
        const recording = (await recorder.ended(times))[times - 1]
        assert.deepEqual([recording?.outcome, recording?.status, recording?.route], ['finished', 200, '/socket'])
      }
      assert.deepEqual(upgrades, [])
      assert.equal(requests(), 2)
    },
  },
  {
    name: 'upgrades: what a server refuses on the socket is no exchange either',
    only: 'http1',
    async run(trial) {
      const recorder = trial.recorder()
      const { hook, upgrades } = watchUpgrades()
      await trial.serve({ hooks: [recorder.hook], serverHooks: [hook], routes: [PLAIN] })
      trial.server.on('upgrade', (_request: IncomingMessage, socket: Socket) => {
        socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      })
      const client = await trial.http1()
      client.write(UPGRADE)
      assert.equal((await client.expect('GET').reply()).status, 401)
      await client.closed()
      assert.equal(upgrades.length, 1)
      assert.deepEqual(recorder.recordings, [])
    },
  },
]

function watchUpgrades(): { hook: HttpServerHook; upgrades: string[]; requests(): number } {
  const upgrades: string[] = []
  let requests = 0
  return {
    upgrades,
    requests: () => requests,
    hook: {
      onRequest: () => void requests++,
      onUpgrade(request, socket) {
        upgrades.push(`${request.method} ${request.url} ${socket.writable ? 'writable' : 'closed'}`)
      },
    },
  }
}
