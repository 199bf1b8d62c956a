import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { freePort } from '@breakwater/testing/services'
import { expect, onTestFinished, test } from 'vitest'
import { createOverloadClient, type OverloadClient } from './client.ts'

const LONG_MS = 60_000

async function connect(listener: RequestListener, connections = 1, deadlineMs = LONG_MS): Promise<OverloadClient> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const client = createOverloadClient({ port: (server.address() as AddressInfo).port, connections, deadlineMs })
  onTestFinished(async () => {
    await client.close()
    server.close()
  })
  return client
}

test.each([
  [200, 'ok'],
  [503, 'refused'],
  [429, 'refused'],
])('createOverloadClient() tells what was answered: %i is %s', async (status, expected) => {
  const client = await connect((_request, response) => response.writeHead(status).end('text'))
  expect(await client.send(performance.now())).toBe(expected)
})

test('createOverloadClient() rejects on an answer that is neither', async () => {
  const client = await connect((_request, response) => response.writeHead(500).end())
  await expect(client.send(performance.now())).rejects.toThrow('Got status 500')
})

test('createOverloadClient() goes on over the same connection after a failure', async () => {
  let requests = 0
  const client = await connect((request, response) => (requests++ === 0 ? request.destroy() : response.end()))
  await expect(client.send(performance.now())).rejects.toThrow()
  expect(await client.send(performance.now())).toBe('ok')
})

test('createOverloadClient() uses all of its connections, and keeps waiting what has none', async () => {
  const sockets = new Set<unknown>()
  const pending: (() => unknown)[] = []
  let most = 0
  const client = await connect((request, response) => {
    sockets.add(request.socket)
    most = Math.max(
      most,
      pending.push(() => response.end()),
    )
    // Nobody is answered before two are there.
    if (pending.length === 2) for (const answer of pending.splice(0)) answer()
  }, 2)
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.send(performance.now())))
  expect(answers).toEqual(Array.from({ length: 20 }, () => 'ok'))
  expect([sockets.size, most]).toEqual([2, 2])
})

test('createOverloadClient() does not send what nobody waits for any more', async () => {
  let requests = 0
  let answer: () => unknown = () => {}
  const client = await connect((_request, response) => {
    requests++
    answer = () => response.end()
  })
  const first = client.send(performance.now())
  const second = client.send(performance.now() - LONG_MS)
  const late = expect(second).rejects.toThrow('Nobody waits for it any more')
  await expect.poll(() => requests).toBe(1)
  answer()
  expect(await first).toBe('ok')
  await late
  expect(requests).toBe(1)
})

test('createOverloadClient() rejects all that waits for a connection that cannot be made', async () => {
  const port = await freePort()
  const client = createOverloadClient({ port, connections: 1, deadlineMs: LONG_MS })
  onTestFinished(() => client.close())
  const sent = await Promise.allSettled(Array.from({ length: 3 }, () => client.send(performance.now())))
  expect(sent.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
})
