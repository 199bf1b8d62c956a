import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'

delete process.env.KUBERNETES_SERVICE_HOST

// #region
import { addAbortListener, EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { createShutdown } from '@breakwater/shutdown'

const shutdown = createShutdown()
const tides = new EventEmitter()

const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  response.write('retry: 1000\n\n') // how long clients wait before they come back, to another process
  const send = (tide: string): boolean => response.write(`data: ${tide}\n\n`)
  tides.on('tide', send)

  // Also if it has aborted already.
  const ending = addAbortListener(shutdown.signal, () => response.end('event: bye\ndata:\n\n'))
  response.once('close', () => {
    ending[Symbol.dispose]()
    tides.off('tide', send)
  })
})
shutdown.serve(server)
// #endregion

server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo
const response = await fetch(`http://127.0.0.1:${port}`)
tides.emit('tide', 'ebb')
let outcome: string | undefined
let text = ''
shutdown.subscribe((event) => {
  if (event.type === 'shutdown:finished') outcome = event.report.outcome
})
process.once('exit', () => {
  assert.equal(outcome, 'clean')
  assert.equal(text, 'retry: 1000\n\ndata: ebb\n\nevent: bye\ndata:\n\n')
})
process.kill(process.pid, 'SIGTERM')
text = await response.text()
