import { once } from 'node:events'
import { connect } from 'node:net'
import { deflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { clientFrame, type Frame, type LiveServer, readFrames, serveLive, upgradeText } from './support/live-server.ts'

const FRAMES = 10_000 * Number(process.env.SOAK ?? 1)
/** Frames on one connection, unless it ends before. */
const EACH = 50
const AT_ONCE = 20
const SEED = Number(process.env.SEED ?? 1)

/** Numbers that look random, and are the same each time. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

type Random = ReturnType<typeof createRandom>

function oneOf<item>(random: Random, items: readonly item[]): item {
  return items[random(items.length)] as item
}

const UNFIT = [null, true, -1, 1.5, 1e300, '', '\0', '\ud800', [], [[]], {}, { a: { b: {} } }, 'x'.repeat(300)]
const TASK_ID = '00000000-0000-7000-8000-000000000001'
const RIGHT: readonly Record<string, unknown>[] = [
  { type: 'subscribe', board: 'main', since: 3 },
  { type: 'unsubscribe', board: 'main' },
  { type: 'request', id: 1, method: 'create', task: { title: 'Task' } },
  { type: 'request', id: 5, method: 'get', taskId: TASK_ID },
  { type: 'request', id: 2, method: 'list', limit: 3, cursor: 'x' },
  { type: 'request', id: 3, method: 'update', taskId: TASK_ID, changes: { title: 'x' }, version: 1 },
  { type: 'request', id: 4, method: 'delete', taskId: TASK_ID, version: 1 },
]
const NAMES = ['type', 'id', 'method', 'board', 'since', 'task', 'taskId', 'changes', 'version', 'limit', '__proto__']

/** A message of which something is certainly wrong. */
function wrongMessage(random: Random): string {
  const message = structuredClone(oneOf(random, RIGHT))
  const names = Object.keys(message)
  switch (random(5)) {
    case 0:
      delete message[
        oneOf(
          random,
          ['type', 'board', 'method', 'task', 'taskId', 'changes'].filter((n) => names.includes(n)),
        )
      ]
      break
    case 1: {
      const name = oneOf(
        random,
        names.filter((one) => one !== 'cursor' && one !== 'id'),
      )
      message[name] = oneOf(random, UNFIT)
      break
    }
    case 2:
      message[`${oneOf(random, NAMES)}${random(3) === 0 ? '' : 'x'}`] = oneOf(random, UNFIT)
      message.x = 1
      break
    case 3:
      message.task = message.changes = {
        [oneOf(random, ['title', 'status', 'x', '__proto__'])]: oneOf(random, UNFIT),
        y: 1,
      }
      break
    default:
      return JSON.stringify(oneOf(random, [...UNFIT, 1, 'text']))
  }
  return JSON.stringify(message)
}

/** A frame that a client that is broken, or does not mean well, may send. */
function wrongFrame(random: Random): Buffer {
  const kind = random(20)
  if (kind < 14) return clientFrame(wrongMessage(random))
  const bytes = Buffer.from(Array.from({ length: random(200) }, () => random(256)))
  switch (kind) {
    case 14: // Anything.
      return bytes
    case 15: // Text that is no JSON, or cut.
      return clientFrame(oneOf(random, ['{', '{"type":', 'x', '', '[1,]', '\ufeff{}', bytes.toString('latin1')]))
    case 16: // Any kind of frame: parts without a beginning, pings, reserved ones, goodbyes.
      return clientFrame(bytes.subarray(0, 120), random(256))
    case 17: // Compressed, or said to be: also what becomes much.
      return clientFrame(
        oneOf(random, [bytes, deflateRawSync(Buffer.alloc(200_000)), deflateRawSync(wrongMessage(random))]),
        0xc1,
      )
    case 18: // Longer than it may be, or than it is.
      return Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, random(2), random(256), 0, 0, 0]), bytes])
    default: // Half of one.
      return clientFrame(wrongMessage(random)).subarray(0, 1 + random(20))
  }
}

/** What one client gets for its frames: the types of messages, and the code that it is closed with. */
async function play({ port }: LiveServer, random: Random): Promise<readonly string[]> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  const offer = random(2) === 0 ? '' : 'Sec-WebSocket-Extensions: permessage-deflate\r\n'
  const parts: Buffer[] = []
  socket.on('data', (part) => parts.push(part))
  socket.write(upgradeText(offer))
  await once(socket, 'data')
  for (let frame = 0; frame < EACH; frame++) socket.write(wrongFrame(random))
  // What is left open is closed, half of them without a word.
  if (random(2) === 0) socket.write(clientFrame('', 0x88))
  socket.end()
  if (!socket.closed) await once(socket, 'close')
  const read = Buffer.concat(parts)
  return readFrames(read.subarray(read.indexOf('\r\n\r\n') + 4)).map(nameOf)
}

function nameOf({ first, payload }: Frame): string {
  switch (first) {
    case 0x81:
      return JSON.parse(String(payload)).type
    case 0xc1:
      return 'compressed'
    case 0x88:
      return payload.length === 0 ? 'close' : `close ${payload.readUInt16BE()}`
    case 0x8a:
      return 'pong'
    default:
      return `frame ${first}`
  }
}

const EXPECTED = new Set([
  ...['welcome', 'error', 'response', 'unsubscribed', 'snapshot', 'compressed', 'pong', 'close'],
  ...[1000, 1001, 1002, 1003, 1005, 1007, 1008, 1009, 4400].map((code) => `close ${code}`),
])

test(
  'rubbish gets errors and close codes, and leaves nothing behind',
  async () => {
    const server = await serveLive({ goodbyeMs: 200 })
    const witness = await server.open()
    const view = witness.subscribe('main')
    const got = new Map<string, number>()
    const random = createRandom(SEED)
    for (let sent = 0; sent < FRAMES; sent += EACH * AT_ONCE) {
      const games = Array.from({ length: AT_ONCE }, () => play(server, createRandom(random(2 ** 31))))
      for (const what of (await Promise.all(games)).flat()) got.set(what, (got.get(what) ?? 0) + 1)
    }
    // A client may say goodbye with any code, and gets it back.
    const unexpected = [...got.keys()].filter((what) => !EXPECTED.has(what) && !/^close [34]\d{3}$/.test(what))
    expect(unexpected, `of SEED=${SEED}`).toEqual([])
    for (const what of ['error', 'response', 'close 1002', 'close 1007', 'close 1009', 'close 4400'])
      expect(got.get(what) ?? 0, what).toBeGreaterThan(FRAMES / 10_000)
    expect(server.tasks.all.size).toBe(0)
    expect(server.lines.filter((line) => /failed/.test(String((line as unknown[])[1])))).toEqual([])
    await expect.poll(() => server.live.connections, { timeout: 10_000 }).toBe(1)
    expect(server.feeds.followers('main')).toBe(1)
    expect((await witness.request('create', { task: { title: 'Task' } })).status).toBe(201)
    await witness.until(() => view.version === 1)
    expect(witness.faults).toEqual([])
  },
  30_000 * Number(process.env.SOAK ?? 1),
)
