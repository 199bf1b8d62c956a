import assert from 'node:assert/strict'
import { once } from 'node:events'
// #region
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpHook } from '@breakwater/core'
import { toListener } from '@breakwater/express'

let slow = 0
const counter: HttpHook = {
  onEnd(exchange) {
    if (performance.now() - exchange.startedAtMs > 300) slow++
  },
}

const server = createServer(
  toListener(
    { hooks: [counter], endpoints: { '/slow': () => ({ status: 200, body: `${slow} slow requests\n` }) } },
    (_request, response) => {
      response.end('hello\n')
    },
  ),
)
// #endregion

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
assert.equal(await (await fetch(`http://127.0.0.1:${port}/`)).text(), 'hello\n')
assert.equal(await (await fetch(`http://127.0.0.1:${port}/slow`)).text(), '0 slow requests\n')
server.close()
server.closeAllConnections()
