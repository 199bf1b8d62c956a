/** What the thread is told. */
export interface LivenessData {
  readonly port: number
  readonly host: string | undefined
  readonly stallMs: number
  /** Number of the last ping that the main loop answered. */
  readonly answered: Int32Array
}

/** What the thread tells: the number of a ping, or how listening went. */
export type LivenessMessage = number | { readonly port: number } | { readonly code: string; readonly message: string }

/**
 * A server that asks the main loop for a sign of progress when it is probed, and never waits for it.
 *
 * A text, so that it needs no file of its own beside a bundle. It must run as CommonJS on every supported Node.
 */
export const LIVENESS_SCRIPT = `
'use strict'
const { parentPort, workerData } = require('node:worker_threads')
const { createServer } = require('node:http')
const { port, host, stallMs, answered } = workerData
let sent = 0
let sentMs = 0
function stalledMs() {
  const now = performance.now()
  if (Atomics.load(answered, 0) !== sent) return now - sentMs
  sent = (sent + 1) | 0
  sentMs = now
  parentPort.postMessage(sent)
  return 0
}
const server = createServer((request, response) => {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD', 'content-length': 0 }).end()
    return
  }
  const ms = stalledMs()
  const isLive = ms < stallMs
  const body = isLive ? '{"status":"healthy"}' : '{"status":"unhealthy","stalledMs":' + Math.round(ms) + '}'
  response.writeHead(isLive ? 200 : 503, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': body.length,
  })
  response.end(body)
})
server.maxConnections = 1000
server.on('error', (error) => {
  parentPort.postMessage({ code: String(error.code), message: String(error.message) })
})
server.listen({ port, host }, () => parentPort.postMessage({ port: server.address().port }))
`
