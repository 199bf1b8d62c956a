import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { listen, newLedger, nobody, toEndpoint } from '../fixtures/fake-server.ts'
import { openWebSocket } from './web-socket.ts'

test.each([1001, 1012])('openWebSocket() counts %i as told', async (code) => {
  const { counts, codes } = await talk((socket) => socket.close(code))
  expect(counts).toMatchObject({ wanted: 1, answered: 1, lost: 0 })
  expect(codes).toEqual([code])
})

test.each([1000, 1011])('openWebSocket() counts %i as lost', async (code) => {
  const { counts, codes } = await talk((socket) => socket.close(code))
  expect(counts).toMatchObject({ answered: 0, lost: 1 })
  expect(codes).toEqual([code])
})

test('openWebSocket() counts a connection that just breaks as lost', async () => {
  const { counts, codes } = await talk((socket) => socket.terminate())
  expect(counts).toMatchObject({ answered: 0, lost: 1 })
  expect(codes).toEqual([1006])
})

test('openWebSocket() counts one that never opened as refused', async () => {
  const ledger = newLedger()
  const { opened, closed } = openWebSocket(await nobody(), ledger, () => {})
  await opened
  await closed
  expect(ledger.report().counts).toMatchObject({ wanted: 1, refused: 1, lost: 0 })
})

async function talk(script: (socket: WebSocket) => void) {
  const http = createServer()
  const server = new WebSocketServer({ server: http })
  server.on('connection', (socket) => socket.once('message', () => script(socket)))
  onTestFinished(() => {
    server.close()
    http.close()
  })
  const ledger = newLedger()
  const codes: number[] = []
  await openWebSocket(toEndpoint(await listen(http)), ledger, (code) => codes.push(code)).closed
  return { counts: ledger.report().counts, codes }
}
