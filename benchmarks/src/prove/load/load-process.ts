// One process of the load: node load-process.ts <LoadTask as JSON>
import { setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { LoadAnswer, LoadProgress, LoadQuestion, LoadTask } from '../messages.ts'
import { createHttpUsers, type HttpUsers } from './http-users.ts'
import { createLiveSocket, type LiveSocket } from './live-socket.ts'
import { toRequest } from './requests.ts'
import { runCalls } from './run-calls.ts'

const task = JSON.parse(process.argv[2] ?? '') as LoadTask
/** It shares the cores with what it measures, and must not be late. Only root may. */
const PRIORITY = -10
const CONNECTED_AT_ONCE = 25
const CROWD_LIMIT_MS = 10_000
const HOLD_MS = 200

function tell(answer: LoadAnswer): void {
  process.send?.(answer)
}

try {
  setPriority(PRIORITY)
} catch {
  // The lag tells whether it mattered.
}

const users: HttpUsers = createHttpUsers({ ...task, count: task.kind === 'http' ? task.users : task.sockets })
const sockets: LiveSocket[] = []

/** Everybody has a session, and each socket knows its board. */
async function connect(): Promise<void> {
  await users.greet()
  if (task.kind === 'http') return
  for (let client = 0; client < task.sockets; client++) {
    const board = task.boards[client % task.boards.length] as string
    sockets.push(createLiveSocket({ ...task, client, board, cookie: users.cookieOf(client) }))
  }
  const left = [...sockets]
  const connectSome = async (): Promise<void> => {
    for (let socket = left.pop(); socket !== undefined; socket = left.pop()) await socket.connect()
  }
  await Promise.all(Array.from({ length: CONNECTED_AT_ONCE }, connectSome))
  await users.close()
}

async function answer(question: LoadQuestion): Promise<LoadAnswer> {
  switch (question.type) {
    case 'run': {
      for (const socket of sockets) socket.begin()
      const isHttp = task.kind === 'http'
      const report = await runCalls({
        ...question,
        via: task.kind,
        clients: isHttp ? task.users : task.sockets,
        timeoutMs: task.timeoutMs,
        send: (call) => (isHttp ? users.send(call, toRequest(call)) : (sockets[call.client] as LiveSocket).send(call)),
        tell: (progress) => tell({ type: 'progress', progress: { ...progress, sockets: countLive() } }),
      })
      return { type: 'done', report }
    }
    case 'settled': {
      const live = sockets.map((socket) => socket.history())
      const isSettled = live.every((one) => one.isOpen && one.endVersion >= (question.versions[one.board] ?? 0))
      return { type: 'settled', isSettled, live: isSettled || question.isLast ? live : [] }
    }
    case 'crowd':
      return { type: 'crowd', ...(await crowd(question.count)) }
  }
}

function countLive(): LoadProgress['sockets'] {
  return sockets.filter(({ isLive }) => isLive).length
}

/** Opens further sockets, all of them at once, and closes them again. */
async function crowd(count: number): Promise<{ opened: number; refused: number; other: number }> {
  const target = new URL('/api/v1/live', task.url)
  target.protocol = 'ws:'
  const counts = { opened: 0, refused: 0, other: 0 }
  const tried = Array.from({ length: count }, async () => {
    const socket = new WebSocket(target, { origin: new URL(task.url).origin, handshakeTimeout: CROWD_LIMIT_MS })
    const outcome = await new Promise<keyof typeof counts>((resolve) => {
      socket.on('open', () => resolve('opened'))
      socket.on('error', () => resolve('other'))
      socket.on('unexpected-response', (_, { statusCode, headers }) =>
        resolve(statusCode === 503 && headers['retry-after'] !== undefined ? 'refused' : 'other'),
      )
    })
    counts[outcome]++
    return socket
  })
  const opened = await Promise.all(tried)
  await sleep(HOLD_MS)
  for (const socket of opened) socket.terminate()
  return counts
}

process.on('message', (question: LoadQuestion) => {
  void answer(question).then(tell, (error: Error) => tell({ type: 'error', error: error.message }))
})
// Whoever asked is gone.
process.on('disconnect', () => process.exit())
await connect().then(
  () => tell({ type: 'ready', sessions: users.sessions }),
  (error: Error) => tell({ type: 'error', error: error.message }),
)
