import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { measureCapacity } from './capacity.ts'
import type { OverloadServer } from './servers.ts'

async function serve(answers: (count: number) => boolean): Promise<{ server: OverloadServer; most: () => number }> {
  let count = 0
  let now = 0
  let most = 0
  const http = createServer((_request, response) => {
    most = Math.max(most, ++now)
    setImmediate(() => {
      now--
      response.writeHead(answers(++count) ? 200 : 503).end()
    })
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close())
  const { port } = http.address() as AddressInfo
  const state = async () => ({ busy: 0, cpuMs: 0 })
  return { server: { name: 'some', port, state, quiet: async () => {}, stop: async () => {} }, most: () => most }
}

const options = { concurrency: 3, warmUpMs: 20, stretchMs: 50, stretches: 3 }

test('measureCapacity() asks no more at once than it is told', async () => {
  const { server, most } = await serve(() => true)
  expect(await measureCapacity(server, options)).toBeGreaterThanOrEqual(1_000 / options.stretchMs)
  expect(most()).toBeLessThanOrEqual(3)
})

test('measureCapacity() does not count what was refused, and is never 0', async () => {
  const { server } = await serve(() => false)
  expect(await measureCapacity(server, options)).toBe(1_000 / options.stretchMs)
})
