import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { createHealth } from '../health.ts'
import { diskCheck } from './disk.ts'
import { httpCheck } from './http.ts'
import { pingCheck } from './ping.ts'
import { remoteCheck } from './remote.ts'
import { tcpCheck } from './tcp.ts'

const { signal } = new AbortController()

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener)
  const port = await listen(server)
  onTestFinished(() => server.closeAllConnections())
  return `http://127.0.0.1:${port}`
}

/** A port on which nobody listens. */
async function findFreePort(): Promise<number> {
  const server = createTcpServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('httpCheck() is healthy with 200 to 299, and tells no query and no password', async () => {
  const url = await serve(({ url: path }, response) => response.writeHead(path?.startsWith('/no') ? 503 : 204).end())
  expect(await httpCheck(`${url}/yes`)({ signal })).toEqual({ status: 'healthy', data: { status: 204 } })
  expect(await httpCheck(`${url}/no?token=hunter2`)({ signal })).toEqual({
    status: 'unhealthy',
    data: { status: 503 },
    cause: `${url}/no answered 503`,
  })
})

test('httpCheck() asks as it is told to, and takes the status it is told', async () => {
  const url = await serve(({ method, headers }, response) =>
    response.writeHead(method === 'HEAD' && headers['x-a'] === 'b' ? 401 : 500).end(),
  )
  const options = { method: 'HEAD', headers: { 'x-a': 'b' } }
  expect((await httpCheck(url, { ...options, status: 401 })({ signal })).status).toBe('healthy')
  expect((await httpCheck(url, { ...options, status: (is) => is < 500 })({ signal })).status).toBe('healthy')
  expect((await httpCheck(url, { ...options, status: 200 })({ signal })).status).toBe('unhealthy')
})

test('httpCheck() does not read a body that never ends, and hangs up', async () => {
  let isClosed = false
  const url = await serve((_request, response) => {
    response.writeHead(200).write('begins')
    response.once('close', () => {
      isClosed = true
    })
  })
  expect((await httpCheck(url)({ signal })).status).toBe('healthy')
  await expect.poll(() => isClosed).toBe(true)
})

test('httpCheck() ends with its signal, and rejects where nobody listens', async () => {
  const url = await serve(() => {})
  const controller = new AbortController()
  const asked = httpCheck(url)({ signal: controller.signal })
  controller.abort(new Error('over'))
  await expect(asked).rejects.toThrow('over')
  await expect(httpCheck(`http://127.0.0.1:${await findFreePort()}`)({ signal })).rejects.toThrow('fetch failed')
})

test.for([
  () => httpCheck('redis://127.0.0.1'),
  () => httpCheck('not a url with hunter2'),
  () => httpCheck('http://a', { status: 99 }),
  () => httpCheck('http://a', { status: '200' as never }),
  () => remoteCheck('nowhere'),
  () => remoteCheck('http://a', { maxBytes: -1 }),
  () => tcpCheck({ port: 0 }),
  () => tcpCheck({ port: 65_536 }),
  () => tcpCheck({ port: 80, host: '' }),
  () => diskCheck({ path: '' }),
  () => diskCheck({ path: '/', minFreeRatio: 2 }),
  () => diskCheck({ path: '/', minFreeRatio: 0.5, warnFreeRatio: 0.1 }),
  () => diskCheck({ path: '/', minFreeBytes: -1 }),
  () => pingCheck({} as never),
  () => pingCheck(undefined as never),
])('a ready-made check names what is wrong with it: %s', (make) => {
  expect(make).toThrow(/^Expected `(url|status|port|host|path|maxBytes|warnFreeRatio|minFree\w+|target)`/)
  expect(make).not.toThrow('hunter2')
})

test('tcpCheck() connects, hangs up, and rejects where nobody listens', async () => {
  let open = 0
  const port = await listen(
    createTcpServer((socket) => {
      open++
      socket.on('error', () => {}).on('close', () => open--)
      socket.resume()
    }),
  )
  expect(await tcpCheck({ port })({ signal })).toEqual({ status: 'healthy' })
  await expect.poll(() => open).toBe(0)
  await expect(tcpCheck({ port: await findFreePort() })({ signal })).rejects.toThrow('ECONNREFUSED')
})

test('tcpCheck() ends with its signal', async () => {
  const port = await listen(createTcpServer((socket) => socket.on('error', () => {}).resume()))
  await expect(tcpCheck({ port })({ signal: AbortSignal.abort() })).rejects.toThrow('aborted')
})

test('diskCheck() tells how much is left, and judges it', async () => {
  const path = tmpdir()
  const well = await diskCheck({ path, minFreeRatio: 0 })({ signal })
  expect(well).toEqual({
    status: 'healthy',
    data: { freeBytes: expect.any(Number), totalBytes: expect.any(Number), freeRatio: expect.any(Number) },
  })
  expect((await diskCheck({ path, minFreeRatio: 0, warnFreeRatio: 1 })({ signal })).status).toBe('degraded')
  const full = await diskCheck({ path, minFreeBytes: Number.MAX_SAFE_INTEGER })({ signal })
  expect(full.status).toBe('unhealthy')
  expect(full.cause).toMatch(/ has \d+ bytes left, [\d.]+ % of it$/)
  await expect(diskCheck({ path: `${path}/no such folder` })({ signal })).rejects.toThrow('ENOENT')
})

test('pingCheck() pings, or else queries', async () => {
  const asked: string[] = []
  class Client {
    readonly name = 'client'
    ping(): string {
      return this.name
    }
  }
  expect(await pingCheck(new Client())({ signal })).toEqual({ status: 'healthy' })
  await pingCheck({ query: async (text: string) => void asked.push(text) })({ signal })
  expect(asked).toEqual(['SELECT 1'])
  await expect(pingCheck({ ping: () => Promise.reject(new Error('gone')) })({ signal })).rejects.toThrow('gone')
  expect((await pingCheck({ ping: () => false })({ signal })).status).toBe('unhealthy')
})

test('remoteCheck() is what the other service is, with its components as data', async () => {
  const other = createHealth({ cacheMs: 0, failureThreshold: 1, showsDetails: () => true })
  let database: unknown = true
  other.add('database', () => database).add('mail', () => true, { critical: false })
  const url = await serve(async ({ url: path }, response) => {
    const { status, body } = await other[path === '/detailed' ? 'detailed' : 'summary']({} as never)
    response.writeHead(status).end(body)
  })
  for (const path of ['/health', '/detailed']) {
    database = true
    const ask = remoteCheck(`${url}${path}`)
    expect(await ask({ signal })).toMatchObject({
      status: 'healthy',
      data: { components: { database: 'healthy', mail: 'healthy' } },
    })
    database = 'degraded'
    expect(await ask({ signal })).toMatchObject({ status: 'degraded', cause: `${url}${path} is degraded` })
    database = false
    expect(await ask({ signal })).toMatchObject({
      status: 'unhealthy',
      data: { components: { database: 'unhealthy' } },
    })
  }
})

test.for(['', 'null', '[]', '{"status":"UP"}', '<html>', `{"status":"healthy","x":"${'x'.repeat(70_000)}"}`])(
  'remoteCheck() fails with an answer that is none',
  async (body) => {
    const url = await serve((_request, response) => response.end(body))
    expect(await remoteCheck(url)({ signal })).toEqual({
      status: 'unhealthy',
      cause: `${url}/ answered 200 without a status`,
    })
  },
)
