import { expectTypeOf, test } from 'vitest'
import type { WebSocket, WebSocketServer } from 'ws'
import type { WebSocketPort, WebSocketServerPort } from '../src/lib/websocket/port.ts'

test('the real servers and connections of ws can be watched', () => {
  expectTypeOf<WebSocketServer>().toExtend<WebSocketServerPort>()
  expectTypeOf<WebSocket>().toExtend<WebSocketPort>()
})

test('something that tells of nothing cannot', () => {
  expectTypeOf<Omit<WebSocketServer, 'emit'>>().not.toExtend<WebSocketServerPort>()
  expectTypeOf<Omit<WebSocket, 'send'>>().not.toExtend<WebSocketPort>()
})
