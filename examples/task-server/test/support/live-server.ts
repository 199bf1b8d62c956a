import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { type FastifyInstance, fastify } from 'fastify'
import { onTestFinished } from 'vitest'
import { answerErrors } from '../../src/http/errors.ts'
import { AJV } from '../../src/http/validation.ts'
import { createLimits, type LiveLimits } from '../../src/live/socket/limits.ts'
import { createLive, type Live, type LiveParts } from '../../src/live/socket/live.ts'
import { LIVE_PATH } from '../../src/live/socket/live-path.ts'
import { addLiveRoute, shouldUpgrade } from '../../src/live/socket/routes.ts'
import { TaskNotFoundError, TaskVersionError } from '../../src/tasks/errors.ts'
import type { Task } from '../../src/tasks/schema.ts'
import type { TaskStore } from '../../src/tasks/store.ts'
import { createFakeFeeds, createTask, type FakeFeeds } from './fake-feeds.ts'
import { LiveClient, type LiveClientOptions } from './live-client.ts'

/** A server of the live channel alone, with tasks in memory. */
export interface LiveServer {
  readonly url: string
  readonly port: number
  readonly app: FastifyInstance
  readonly live: Live
  readonly feeds: FakeFeeds
  readonly tasks: MemoryTasks
  /** What was logged. */
  readonly lines: readonly unknown[]
  /** Connects a client, which is gone after the test. */
  open(options?: LiveClientOptions): Promise<LiveClient>
  /** Upgrades a connection by hand. */
  openRaw(headers?: string): Promise<Socket>
}

/**
 * Starts one, which is gone after the test.
 *
 * @param limits What is to be different.
 * @param parts What else is.
 */
export async function serveLive(limits: Partial<LiveLimits> = {}, parts: Partial<LiveParts> = {}): Promise<LiveServer> {
  const feeds = createFakeFeeds()
  const tasks = createMemoryTasks(feeds)
  const lines: unknown[] = []
  const write = (...line: unknown[]): void => void lines.push(line)
  const logger = { request: write, info: write, error: write }
  const live = createLive({ limits: createLimits(1_000, limits), feeds, tasks, logger, ...parts })
  const app = fastify({ ajv: AJV, http: { shouldUpgradeCallback: shouldUpgrade } })
  answerErrors(app)
  // As guards do, before anything knows that it is to become a WebSocket.
  app.addHook('onRequest', ({ headers }, _reply, next) => {
    next(
      headers['x-refuse'] === undefined ? undefined : Object.assign(new Error('Refused'), { code: 'ERR_CROSS_SITE' }),
    )
  })
  app.get('/other', () => 'other')
  await addLiveRoute(app, live, { read: ({ headers }) => read(headers.cookie) }, () => () => {})
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const closables = new Set<{ close(): unknown }>()
  onTestFinished(async () => {
    for (const closable of closables) closable.close()
    await app.close()
  })
  return {
    url,
    port,
    app,
    live,
    feeds,
    tasks,
    lines,
    async open(options) {
      const client = new LiveClient(url, options)
      closables.add(client)
      return client.connect()
    },
    async openRaw(headers = '') {
      const socket = connect(port, '127.0.0.1')
      closables.add({ close: () => socket.destroy() })
      socket.on('error', () => {})
      socket.write(upgradeText(headers))
      await once(socket, 'readable')
      // The head of the answer; what follows may have come with it.
      const head = socket.read() as Buffer
      const end = head.indexOf('\r\n\r\n') + 4
      if (head.length > end) socket.unshift(head.subarray(end))
      return socket
    },
  }
}

/**
 * Writes the request that becomes a WebSocket.
 *
 * @param headers More of them, each with its line end.
 */
export function upgradeText(headers = ''): string {
  const lines = ['Host: x', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  return `GET ${LIVE_PATH} HTTP/1.1\r\n${lines.join('\r\n')}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`
}

/**
 * Makes a frame as a client does, with a mask that changes nothing.
 *
 * @param payload What is in it.
 * @param first Its first byte: a whole text, if not said.
 */
export function clientFrame(payload: string | Buffer, first = 0x81): Buffer {
  const bytes = Buffer.from(payload as string)
  const head = Buffer.alloc(bytes.length < 126 ? 6 : 8)
  head[0] = first
  if (bytes.length < 126) head[1] = 0x80 | bytes.length
  else {
    head[1] = 0x80 | 126
    head.writeUInt16BE(bytes.length, 2)
  }
  return Buffer.concat([head, bytes])
}

/** A frame of a server. */
export interface Frame {
  /** Its first byte: what it is, and whether it is compressed. */
  readonly first: number
  readonly payload: Buffer
}

/**
 * Reads frames.
 *
 * @param bytes All that came. The last of them may be part of one.
 */
export function readFrames(bytes: Buffer): readonly Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + 2 <= bytes.length; ) {
    const short = (bytes[at + 1] as number) & 0x7f
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
    if (start > bytes.length) break
    const length = start === at + 2 ? short : bytes.readUIntBE(start - (short === 126 ? 2 : 6), short === 126 ? 2 : 6)
    if (start + length > bytes.length) break
    frames.push({ first: bytes[at] as number, payload: bytes.subarray(start, start + length) })
    at = start + length
  }
  return frames
}

function read(cookie: string | undefined) {
  return cookie === undefined ? undefined : { visitorId: 'x', name: cookie, isDue: false }
}

/** Tasks in memory, each change of which is told. */
export interface MemoryTasks extends TaskStore {
  readonly all: ReadonlyMap<string, Task>
}

function createMemoryTasks(feeds: FakeFeeds): MemoryTasks {
  const all = new Map<string, Task>()

  function find(id: string, versions?: readonly number[]): Task {
    const task = all.get(id)
    if (task === undefined) throw new TaskNotFoundError(id)
    if (versions !== undefined && !versions.includes(task.version)) throw new TaskVersionError(id, task.version)
    return task
  }

  return {
    all,
    async create(parts) {
      const task = createTask(parts as Partial<Task>)
      all.set(task.id, task)
      feeds.change(task.board, 'created', task)
      return task
    },
    get: async (id) => find(id),
    list: async (limit, _olderThan, { board } = {}) => {
      const items = [...all.values()].filter((task) => board === undefined || task.board === board)
      return { items: items.slice(0, limit), hasMore: items.length > limit }
    },
    async update(id, changes, versions) {
      const before = find(id, versions)
      const task = { ...before, ...changes, version: before.version + 1 } as Task
      all.set(id, task)
      feeds.change(task.board, 'updated', task)
      return task
    },
    async delete(id, versions) {
      const task = find(id, versions)
      all.delete(id)
      feeds.change(task.board, 'deleted', task)
      return task
    },
  }
}
