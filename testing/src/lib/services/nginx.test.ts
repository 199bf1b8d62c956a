import { existsSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startNginx } from './nginx.ts'
import { freePort } from './port.ts'
import { useNginx } from './use.ts'

const nginx = useNginx({ server: 'location / { return 200 first; }' })
const upstream = createServer((request, response) => response.writeHead(request.url === '/bad' ? 503 : 200).end('up'))
let port = 0

beforeAll(async () => {
  port = await freePort()
  await new Promise<void>((resolve) => upstream.listen(port, '127.0.0.1', resolve))
})
afterAll(() => void upstream.close())

async function read(path = '/'): Promise<string> {
  const response = await fetch(nginx.url + path, { headers: { connection: 'close' } })
  return `${response.status} ${await response.text()}`
}

test('startNginx() keeps all that it writes in a directory of its own, from other users', () => {
  expect(statSync(nginx.directory).mode & 0o077).toBe(0)
  expect(existsSync(`${nginx.directory}/proxy`)).toBe(true)
})

test('configure() changes what it does, without a new process', async () => {
  const { pid } = nginx
  await nginx.configure({ server: 'location / { return 200 second; }' })
  expect([await read(), nginx.pid]).toEqual(['200 second', pid])
})

test('configure() rejects what is wrong, and the old one stays', async () => {
  await nginx.configure({ server: 'location / { return 200 right; }' })
  await expect(nginx.configure({ server: 'locution / {}' })).rejects.toThrow(
    /^Cannot configure nginx: .*unknown directive "locution"/,
  )
  expect(await read()).toBe('200 right')
  await nginx.restart()
  expect(await read()).toBe('200 right')
})

test('requests() tells what clients and upstreams got', async () => {
  const http = `upstream up { server 127.0.0.1:${port}; }`
  await nginx.configure({ http, server: 'location / { proxy_pass http://up; }' })
  expect(await read('/good?a|b')).toBe('200 up')
  expect(await read('/bad')).toBe('503 up')
  await expect
    .poll(async () => (await nginx.requests()).slice(-2))
    .toEqual([
      { uri: '/good?a|b', status: 200, upstreamStatus: '200' },
      { uri: '/bad', status: 503, upstreamStatus: '503' },
    ])
})

test('restart() after kill() brings it back with what it was told last', async () => {
  await nginx.configure({ server: 'location / { return 200 last; }' })
  await nginx.kill()
  await expect(read()).rejects.toThrow()
  await nginx.restart()
  expect(await read()).toBe('200 last')
})

test('startNginx() says why there is none', async () => {
  const result = await startNginx({ server: '', env: { PATH: '', TESTS_NO_INSTALL: '1' } })
  // Where it is installed, it is found without a PATH.
  if ('skip' in result) expect(result.skip).toContain('apt-get install nginx-light')
  else await result.stop()
})
