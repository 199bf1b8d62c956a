import { once } from 'node:events'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { afterRequests, fakeServer, newLedger, nobody } from '../fixtures/fake-server.ts'
import { openHttp1 } from './http1-connection.ts'
import { createRelay } from './relay.ts'

test('createRelay() adds its round trip to an answer', async () => {
  const { port } = await fakeServer((socket) =>
    afterRequests(socket, 1, () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')),
  )
  const ledger = newLedger()
  const connection = await openHttp1(await through(port, 40), ledger)
  const startedAtMs = performance.now()
  await connection.exchange([{ kind: 'http1', path: '/' }])
  // A timer may be a millisecond early, each way.
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(38)
  expect(ledger.report().counts).toMatchObject({ answered: 1 })
})

test('createRelay() knows which connections were refused behind it', async () => {
  const ledger = newLedger()
  const { port } = await nobody()
  const connection = await openHttp1(await through(port, 10), ledger)
  await connection.exchange([{ kind: 'http1', path: '/' }])
  expect(connection.wasRefused).toBe(true)
  expect(ledger.report().counts).toMatchObject({ wanted: 1, refused: 1, lost: 0 })
})

test('createRelay() passes a reset on, which is a loss', async () => {
  const ledger = newLedger()
  const { port } = await fakeServer((socket) => afterRequests(socket, 1, () => socket.resetAndDestroy()))
  const connection = await openHttp1(await through(port, 10), ledger)
  await connection.exchange([{ kind: 'http1', path: '/' }])
  expect(ledger.report()).toMatchObject({ counts: { lost: 1 }, reasons: { 'reset before any byte of the answer': 1 } })
})

test('close() of a relay ends its connections', async () => {
  const { port } = await fakeServer(() => {})
  const relay = await createRelay(port, 0)
  const socket = connect(relay.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  relay.close()
  await once(socket, 'close')
})

async function through(port: number, roundTripMs: number) {
  const relay = await createRelay(port, roundTripMs)
  onTestFinished(relay.close)
  return { port: relay.port, ca: undefined, wasRefused: relay.wasRefused }
}
