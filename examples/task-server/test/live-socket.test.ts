import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { createTask } from './support/fake-feeds.ts'
import { LiveClient, type LiveRefusal } from './support/live-client.ts'
import { clientFrame, readFrames, serveLive, upgradeText } from './support/live-server.ts'
import { WRONG_BODIES } from './support/wrong-bodies.ts'

/** So much that it does not matter. */
const WIDE = { clientBytesPerSecond: 1e9, clientBurstBytes: 1e9, bytesPerSecond: 1e9 }

async function refusalOf(url: string, headers: Record<string, string> = {}): Promise<LiveRefusal> {
  return new LiveClient(url, { headers }).connect().then(
    () => Promise.reject(new Error('It was let in')),
    (error) => error,
  )
}

/** The first bytes of so many frames. */
async function firstFrames(socket: Socket, count: number): Promise<readonly number[]> {
  let bytes = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk])
    const frames = readFrames(bytes)
    if (frames.length >= count) return frames.map(({ first }) => first)
  }
  throw new Error('The connection ended')
}

test('a client is told who it is and what it may, and what happens on its boards', async () => {
  const { open, tasks } = await serveLive()
  const [one, other] = [await open({ headers: { cookie: 'Ada' } }), await open()]
  const [view, otherView] = [one.subscribe('main'), other.subscribe('main')]
  await Promise.all([one, other].map((client) => client.until(() => client.boards.get('main')?.version === 0)))
  expect(one.welcome).toMatchObject({ name: 'Ada', maxBoards: 50, maxRequests: 32, heartbeatMs: 25_000 })
  expect(other.welcome?.name).toBeNull()

  const { status, body } = await one.request('create', { task: { title: ' Task ' } })
  expect([status, body]).toMatchObject([201, { title: 'Task', version: 1 }])
  const { id } = body as { id: string }
  await other.until(() => otherView.version === 1)
  await other.request('update', { taskId: id, changes: { status: 'done' }, version: 1 })
  await one.until(() => view.version === 2)
  expect([...view.tasks.values()]).toEqual([...tasks.all.values()])
  expect(await one.request('get', { taskId: id })).toMatchObject({ status: 200, body: { version: 2 } })
  expect(await one.request('list', { board: 'main', limit: 1 })).toMatchObject({
    status: 200,
    body: { items: [{ id }], nextCursor: null },
  })
  expect(await one.request('delete', { taskId: id })).toMatchObject({ status: 204, body: null })
  await other.until(() => otherView.version === 3)
  expect(otherView.tasks.size).toBe(0)
  expect([...one.faults, ...other.faults]).toEqual([])
})

test('a task that cannot be is refused as it is over HTTP', async () => {
  const { open, tasks } = await serveLive()
  const client = await open()
  for (const [what, body, errors] of WRONG_BODIES) {
    const expected = errors.map(({ pointer, detail }) => ({ pointer: `/task${pointer}`, detail }))
    const answer = await client.request('create', { task: body })
    expect(answer, what).toMatchObject({
      status: 400,
      body: { type: '/problems/invalid-request', status: 400, errors: expected },
    })
    // Of many mistakes in a row it would take offence.
    await client.request('list')
  }
  expect(tasks.all.size).toBe(0)
})

test('a request that cannot be done is answered with the problem that HTTP has for it', async () => {
  const { open } = await serveLive()
  const client = await open()
  const { body } = await client.request('create', { task: { title: 'Task' } })
  const { id: taskId } = body as { id: string }
  expect(await client.request('update', { taskId, changes: { title: 'x' }, version: 7 })).toMatchObject({
    status: 412,
    body: { type: '/problems/version-mismatch' },
  })
  expect(await client.request('get', { taskId: '00000000-0000-7000-8000-ffffffffffff' })).toMatchObject({
    status: 404,
    body: { type: '/problems/task-not-found' },
  })
  expect(await client.request('list', { cursor: 'x' })).toMatchObject({
    status: 400,
    body: { errors: [{ parameter: 'cursor' }] },
  })
  expect(await client.request('grow')).toMatchObject({ status: 400, body: { errors: [{ pointer: '/method' }] } })
})

test('a mistake of our own is a 500 that tells nothing of it, and is logged', async () => {
  const error = new Error('secret of table x')
  const tasks = new Proxy({}, { get: () => () => Promise.reject(error) }) as never
  const { open, lines } = await serveLive({}, { tasks })
  const client = await open()
  const answer = await client.request('list')
  expect([answer.status, JSON.stringify(answer.body)]).toEqual([500, expect.not.stringContaining('secret')])
  expect(lines).toContainEqual([{ err: error }, 'live list failed'])
})

test('who comes back gets what it missed, or a snapshot if that is too much', async () => {
  const { open, feeds } = await serveLive()
  const client = await open()
  const view = client.subscribe('main')
  await client.until(() => view.snapshots === 1)
  feeds.change('main', 'created', createTask())
  await client.until(() => view.version === 1)
  await client.cut()
  for (let n = 0; n < 5; n++) feeds.change('main', 'created', createTask())
  await client.connect()
  await client.until(() => view.version === 6)
  expect(view.snapshots).toBe(1)
  await client.cut()
  for (let n = 0; n < 200; n++) feeds.change('main', 'created', createTask())
  await client.connect()
  await client.until(() => view.version === 206)
  expect([view.snapshots, view.tasks.size, client.faults]).toEqual([2, 206, []])
})

test('nothing of a board comes after it is followed no more, and it can be followed again', async () => {
  const { open, feeds } = await serveLive()
  const client = await open()
  client.subscribe('main')
  for (let turn = 1; turn <= 20; turn++) {
    feeds.change('main', 'created', createTask())
    await client.unsubscribe('main')
    const view = client.subscribe('main')
    await client.until(() => view.version === turn)
  }
  expect([client.faults, client.errors, feeds.followers('main')]).toEqual([[], [], 1])
})

test('a delay is told, and its end', async () => {
  const { open, feeds } = await serveLive()
  const client = await open()
  const view = client.subscribe('main')
  await client.until(() => view.version === 0)
  feeds.delay()
  await client.until(() => view.isDelayed)
  feeds.recover()
  await client.until(() => !view.isDelayed)
})

test('there are as many connections as there may be, however many come at once, and none of them suffers', async () => {
  const { url, open, live } = await serveLive({ maxConnections: 5 })
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => open()))
  const [first, ...others] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as LiveRefusal] : []))
  expect([live.connections, others.length, refused.length]).toEqual([5, 4, 15])
  const [refusal] = refused as [LiveRefusal]
  expect([refusal.status, refusal.headers['retry-after'], refusal.headers['content-type']]).toEqual([
    503,
    '5',
    'application/problem+json',
  ])
  expect(JSON.parse(await refusal.body)).toMatchObject({ type: '/problems/connection-limit-reached', status: 503 })
  expect(JSON.parse(await (await refusalOf(url)).body).status).toBe(503)
  for (const client of others) expect((await client.request('list')).status).toBe(200)
  await first?.close()
  await expect.poll(() => live.connections).toBe(4)
  await open()
})

test('who is refused, wherever, has no connection left', async () => {
  const { url, open, app } = await serveLive({ maxConnections: 1 })
  const sockets = new Set<Socket>()
  app.server.on('connection', (socket) => sockets.add(socket))
  await open()
  expect((await refusalOf(url, { 'x-refuse': 'early' })).status).toBe(403)
  expect((await refusalOf(url)).headers.connection).toBe('close')
  await expect.poll(() => [...sockets].map(({ destroyed }) => destroyed)).toEqual([false, true, true])
})

test('nobody is let in when there is too much to do, and requests are refused as over HTTP', async () => {
  const problem = { type: 'about:blank', title: 'Service Unavailable', status: 503 }
  const headers = { 'content-type': 'application/problem+json', 'retry-after': '3' }
  let isFull = true
  const gate = { onStart: () => (isFull ? { status: 503, headers, body: JSON.stringify(problem) } : undefined) }
  const { url, open, tasks, live } = await serveLive({}, { gate })
  const refusal = await refusalOf(url)
  expect([refusal.status, refusal.headers['retry-after'], JSON.parse(await refusal.body)]).toEqual([503, '3', problem])
  isFull = false
  const client = await open()
  isFull = true
  const task = { title: 'Task' }
  expect(await client.request('create', { task })).toMatchObject({ status: 503, body: problem, retryAfter: 3 })
  expect(tasks.all.size).toBe(0)
  expect(live.measure()).toContainEqual(
    expect.objectContaining({ name: 'live_connections_refused_total', labels: { reason: 'overloaded' }, value: 1 }),
  )
})

test('a client that does not read is dropped with 4008, and the others notice nothing', async () => {
  const { open, openRaw, feeds } = await serveLive(WIDE)
  const client = await open({ perMessageDeflate: false })
  const view = client.subscribe('main')
  const slow = await openRaw()
  slow.pause()
  slow.write(clientFrame(JSON.stringify({ type: 'subscribe', board: 'main' })))
  await expect.poll(() => feeds.followers('main')).toBe(2)
  await client.until(() => view.version === 0)
  const task = createTask({ description: 'x'.repeat(10_000) })
  let bytes = 0
  let version = 0
  // What the system's own buffers take is no more than that.
  while (feeds.followers('main') === 2 && bytes < 64 * 2 ** 20) {
    for (let n = 0; n < 20; n++, bytes += 10_000) feeds.change('main', 'created', { ...task, id: `${version++}` })
    const before = process.memoryUsage().external
    await client.until(() => view.version === version)
    expect(process.memoryUsage().external - before).toBeLessThan(32 * 2 ** 20)
  }
  expect(feeds.followers('main')).toBe(1)
  feeds.change('main', 'created', createTask())
  await client.until(() => view.version === version + 1)
  expect(client.faults).toEqual([])
  slow.resume()
  const read = await buffer(slow)
  const close = read.subarray(read.lastIndexOf(Buffer.from([4_008 >> 8, 4_008 & 0xff])))
  expect([close.readUInt16BE(), close.subarray(2).toString()]).toEqual([4_008, expect.stringMatching(/^Too slow/)])
})

test('a client that wants more than its bandwidth is held back, then dropped, and comes back with what it has', async () => {
  const limits = { clientBytesPerSecond: 50_000, clientBurstBytes: 50_000, maxWaitingBytes: 50_000 }
  const { open, feeds } = await serveLive(limits)
  const client = await open({ perMessageDeflate: false })
  const view = client.subscribe('main')
  await client.until(() => view.version === 0)
  let isDropped = false
  void client.ended.then(({ code }) => {
    isDropped = code === 4_008
  })
  let version = 0
  while (!isDropped && version < 1_000) {
    feeds.change('main', 'created', createTask({ description: 'x'.repeat(1_000) }))
    version++
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  expect(isDropped).toBe(true)
  expect(view.version).toBeGreaterThan(40)
  await client.connect()
  await client.until(() => view.version === version)
  expect(client.faults).toEqual([])
}, 30_000)

test('a dead client is cut, and a live one is not', async () => {
  const { open, openRaw, live } = await serveLive({ heartbeatMs: 40 })
  const client = await open()
  const dead = await openRaw()
  dead.resume()
  await once(dead, 'close')
  await expect.poll(() => live.connections).toBe(1)
  expect((await client.request('list')).status).toBe(200)
  expect(live.measure()).toContainEqual(
    expect.objectContaining({ name: 'live_connections_closed_total', labels: { reason: 'silent' }, value: 1 }),
  )
})

test('at the end everybody gets what waits, then 1001, and nobody is let in', async () => {
  const { url, open, app, feeds, live } = await serveLive()
  const clients = await Promise.all(Array.from({ length: 10 }, () => open()))
  const views = clients.map((client) => client.subscribe('main'))
  await Promise.all(clients.map((client, n) => client.until(() => views[n]?.version === 0)))
  for (let n = 0; n < 50; n++) feeds.change('main', 'created', createTask())
  const closed = app.close()
  const ends = await Promise.all(clients.map(({ ended }) => ended))
  expect(new Set(ends.map(({ code, reason }) => `${code} ${reason}`))).toEqual(new Set(['1001 The server is stopping']))
  expect(views.map(({ version }) => version)).toEqual(Array(10).fill(50))
  await closed
  expect(live.connections).toBe(0)
  expect(() => live.admit()).toThrow('the server is stopping')
  await expect(new LiveClient(url).connect()).rejects.toThrow()
})

test('what is long is compressed, once for all who take it, and inflated by any client', async () => {
  const { open, openRaw, feeds, live } = await serveLive()
  for (let n = 0; n < 100; n++) feeds.change('main', 'created', createTask())
  const clients = [await open(), await open({ perMessageDeflate: false })] as const
  for (const client of clients) client.subscribe('main')
  await Promise.all(clients.map((client) => client.until(() => client.boards.get('main')?.version === 100)))
  expect(clients[0].socket.extensions).toBe('permessage-deflate')
  expect([...(clients[0].boards.get('main')?.tasks.keys() ?? [])]).toEqual([
    ...(clients[1].boards.get('main')?.tasks.keys() ?? []),
  ])
  expect(clients.map(({ faults }) => faults)).toEqual([[], []])
  const wireBytes = live.measure().find(({ name }) => name === 'live_wire_bytes_total')?.value as number
  expect(wireBytes).toBeLessThan(40_000)

  for (const [offer, isDeflated] of [
    ['permessage-deflate', true],
    ['permessage-deflate; client_max_window_bits', true],
    // Inflates with less memory than this side compresses for.
    ['permessage-deflate; server_max_window_bits=9', false],
    ['x-other', false],
  ] as const) {
    const raw = await openRaw(`Sec-WebSocket-Extensions: ${offer}\r\n`)
    raw.write(clientFrame(JSON.stringify({ type: 'subscribe', board: 'main' })))
    const [welcome, snapshot] = await firstFrames(raw, 2)
    expect([offer, welcome, snapshot]).toEqual([offer, 0x81, isDeflated ? 0xc1 : 0x81])
  }
})

test('a long message in several compressed frames is understood, and one of 64 KiB is too long', async () => {
  const { open, tasks } = await serveLive()
  const client = await open()
  const description = 'ä'.repeat(10_000)
  expect((await client.request('create', { task: { title: 'Task', description } })).status).toBe(201)
  const text = JSON.stringify({ type: 'request', id: 1e6, method: 'create', task: { title: 'Task' } })
  client.socket.send(text.slice(0, 20), { fin: false })
  client.socket.send(text.slice(20))
  await expect.poll(() => tasks.all.size).toBe(2)
  client.socket.send('x'.repeat(65_537))
  expect((await client.ended).code).toBe(1009)
})

test('what does not speak WebSocket is told so, and elsewhere nothing is opened', async () => {
  const { url, port, live } = await serveLive()
  const answer = await fetch(`${url}/api/v1/live`)
  expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
  expect(await answer.json()).toMatchObject({ type: '/problems/upgrade-required' })
  const ask = async (text: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}).end(text)
    return String(await buffer(socket))
  }
  const upgrade = upgradeText()
  expect(await ask(upgrade.replace('/api/v1/live', '/other'))).toMatch(/^HTTP\/1.1 200 [\s\S]+other$/)
  expect(await ask(upgrade.replace('websocket', 'h2c'))).toMatch(/^HTTP\/1.1 426 /)
  for (const [right, wrong] of [
    ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Version: 1'],
    ['Sec-WebSocket-Key: dG', 'Sec-WebSocket-Key: !!'],
    ['Host: x', 'Host: x\r\nSec-WebSocket-Extensions: permessage-deflate; x'],
    ['Host: x', 'Host: x\r\nSec-WebSocket-Protocol: ,'],
  ] as const)
    expect(await ask(upgrade.replace(right, wrong))).toMatch(/^HTTP\/1.1 400 /)
  expect(live.connections).toBe(0)
})
