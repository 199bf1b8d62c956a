import { EventEmitter } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { Connections } from './connections.ts'

const request = {} as IncomingMessage

function connect(connections: Connections): Socket {
  const socket = Object.assign(new EventEmitter(), { bytesRead: 0, bytesWritten: 0, destroyed: false })
  connections.hook.onConnection?.(socket as unknown as Socket)
  return socket as unknown as Socket
}

function close(socket: Socket): void {
  Object.assign(socket, { destroyed: true })
  socket.emit('close')
}

test('read() tells open connections, and all so far', () => {
  const connections = new Connections()
  const [first] = [connect(connections), connect(connections)]
  expect(connections.read()).toEqual({ active: 2, upgraded: 0, total: 2 })
  close(first)
  expect(connections.read()).toEqual({ active: 1, upgraded: 0, total: 2 })
})

test('read() tells connections that left HTTP, which are open ones, too', () => {
  const connections = new Connections()
  const socket = connect(connections)
  connections.hook.onUpgrade?.(request, socket)
  expect(connections.read()).toEqual({ active: 1, upgraded: 1, total: 1 })
  close(socket)
  expect(connections.read()).toEqual({ active: 0, upgraded: 0, total: 1 })
})

test('read() counts one connection once, also if it was there before', () => {
  const connections = new Connections()
  const socket = connect(connections)
  connections.hook.onConnection?.(socket)
  connections.hook.onUpgrade?.(request, socket)
  const other = connect(new Connections())
  connections.hook.onUpgrade?.(request, other)
  expect(connections.read()).toEqual({ active: 2, upgraded: 2, total: 2 })
  close(socket)
  close(other)
  expect(connections.read()).toEqual({ active: 0, upgraded: 0, total: 2 })
})

test('read() does not count a connection that closed before', () => {
  const connections = new Connections()
  const socket = connect(new Connections())
  close(socket)
  connections.hook.onUpgrade?.(request, socket)
  connections.hook.onConnection?.(socket)
  expect(connections.read()).toEqual({ active: 0, upgraded: 0, total: 0 })
})

test('traffic() adds up open and closed connections', () => {
  const connections = new Connections()
  const first = connect(connections)
  const second = connect(connections)
  Object.assign(first, { bytesRead: 5, bytesWritten: 7 })
  Object.assign(second, { bytesRead: 100, bytesWritten: 200 })
  expect(connections.traffic()).toEqual({ readBytes: 105, writtenBytes: 207 })
  close(first)
  expect(connections.traffic()).toEqual({ readBytes: 105, writtenBytes: 207 })
})
