import { expect, test } from 'vitest'
import { SCRIPTS } from '../redis/scripts.ts'
import type { SimulatedClient } from './simulated-client.ts'
import { createWorld, type World, type WorldOptions } from './simulated-network.ts'
import type { SimulatedNode } from './simulated-node.ts'
import type { SimulatedRedis } from './simulated-redis.ts'

interface Small {
  readonly world: World
  readonly node: SimulatedNode
  readonly server: SimulatedRedis
  readonly client: SimulatedClient
  /** How its commands ended, in order. */
  readonly ended: unknown[]
  note(outcome: Promise<unknown>): void
}

/** One node with a client that is connected. */
async function createSmallWorld(
  options: Partial<WorldOptions> = {},
  clientOptions?: ConstructorParameters<typeof SimulatedClient>[1],
): Promise<Small> {
  const world = createWorld({ seed: 1, nodes: 1, ...options })
  const [node] = world.nodes as [SimulatedNode]
  const [server] = world.servers as [SimulatedRedis]
  const client = world.createClient(node, clientOptions)
  client.on('error', () => {})
  const ended: unknown[] = []
  await world.run(100)
  return {
    world,
    node,
    server,
    client,
    ended,
    note(outcome) {
      outcome.then(
        (value) => ended.push(value),
        (error: Error) => ended.push(error.message),
      )
    },
  }
}

test('createWorld() refuses to be without servers', () => {
  expect(() => createWorld({ seed: 1, servers: 0 })).toThrow('Expected `servers` to be a positive integer, got 0')
})

test('step() goes to the next timer or message, and says if there is none', async () => {
  const world = createWorld({ seed: 1, nodes: 1 })
  let fired = 0
  world.nodes[0]?.clock.after(7, () => fired++)
  expect(await world.step()).toBe(true)
  expect([fired, world.nowMs]).toEqual([1, 7])
  expect(await world.step()).toBe(false)
})

test('freeze() lets the clock of a node go on and its code wait, in order', async () => {
  const { world, node } = await createSmallWorld()
  const log: string[] = []
  const startMs = node.clock.now()
  node.freeze()
  node.clock.after(5, () => log.push(`timer at ${node.clock.now() - startMs}`))
  node.run(() => log.push('task'))
  await world.run(50)
  expect(log).toEqual([])
  node.thaw()
  await world.run(0)
  expect(log).toEqual(['task', 'timer at 50'])
})

test('kill() ends all code of a node and closes its connections', async () => {
  const { world, node, server, client, ended, note } = await createSmallWorld()
  note(client.call('get', ['key']))
  node.clock.after(1, () => ended.push('timer'))
  node.kill()
  await world.run(1_000)
  expect(ended).toEqual([])
  expect(server.sessions).toBe(0)
})

test('jumpEpoch() changes the wall clock of a node only', async () => {
  const { node } = await createSmallWorld()
  const [nowMs, epochMs] = [node.clock.now(), node.clock.epoch()]
  node.jumpEpoch(-3_600_000)
  expect([node.clock.now() - nowMs, node.clock.epoch() - epochMs]).toEqual([0, -3_600_000])
})

test('clock.sleep() ends with the signal that aborts it', async () => {
  const { world, node, ended, note } = await createSmallWorld()
  const controller = new AbortController()
  note(node.clock.sleep(100, { signal: controller.signal }))
  controller.abort(new Error('enough'))
  await world.run(0)
  expect(ended).toEqual(['enough'])
})

test.for([
  ['lost', [1]],
  ['executed', [0]],
  ['late', [0]],
] as const)('drop() sends commands again: %s', async ([inFlight, answers]) => {
  const { world, client, ended, note } = await createSmallWorld()
  note(client.call('hset', ['key', 'field', 'value']))
  await world.run(0)
  world.drop(0, 0, inFlight)
  await world.run(1_000)
  expect(ended).toEqual(answers) // 0 if the field was there: it was executed twice
})

test('drop() can let a command be executed after its client knows that it failed', async () => {
  const { world, server, client, ended, note } = await createSmallWorld({}, { retryStrategy: null })
  world.link(0, 0).hold('requests')
  note(client.call('set', ['key', 'value']))
  await world.run(10)
  world.drop(0, 0, 'late')
  await world.run(10)
  expect(ended).toEqual(['Connection is closed.'])
  expect(server.call('get', 'key')).toBeNull()
  world.link(0, 0).release('requests')
  await world.run(20)
  expect(server.call('get', 'key')).toBe('value')
})

test('drop() can cut a batch of commands in two', async () => {
  const { world, server, client, note } = await createSmallWorld({}, { retryStrategy: null })
  for (let index = 0; index < 4; index++) note(client.call('set', [`key${index}`, '']))
  await world.run(0)
  world.drop(0, 0, 'half')
  expect(server.database.keys()).toEqual(['key0', 'key1'])
})

test('hold() keeps answers back, and lets commands through', async () => {
  const { world, server, client, ended, note } = await createSmallWorld()
  world.link(0, 0).hold('replies')
  note(client.call('set', ['key', 'value']))
  await world.run(1_000)
  expect([server.call('get', 'key'), ...ended]).toEqual(['value'])
  world.link(0, 0).release('replies')
  await world.run(100)
  expect(ended).toEqual(['OK'])
})

test('createClient() keeps the order of each connection, not of two', async () => {
  const { world, node, ended, note } = await createSmallWorld({ delays: { leastMs: 1, mostMs: 5 } })
  const [one, other] = [world.createClient(node), world.createClient(node)]
  await world.run(200)
  for (let index = 0; index < 50; index++) {
    note((index % 2 === 0 ? one : other).call('ping', [String(index)]))
    await world.run(0.5)
  }
  await world.run(200)
  const numbers = ended.map(Number)
  expect(numbers).not.toEqual([...numbers].sort((one, other) => one - other))
  for (const rest of [0, 1]) {
    const mine = numbers.filter((number) => number % 2 === rest)
    expect(mine).toEqual([...mine].sort((one, other) => one - other))
  }
})

test('pause() lets commands wait, and clients connect in vain', async () => {
  const { world, node, server, client, ended, note } = await createSmallWorld()
  server.pause()
  const late = world.createClient(node)
  note(client.call('ping', []))
  await world.run(500)
  expect([late.status, ...ended]).toEqual(['connect'])
  server.resume()
  await world.run(100)
  expect([late.status, ...ended]).toEqual(['ready', 'PONG'])
})

test('crash() closes connections at once, unless its machine goes as well', async () => {
  const { world, server, client } = await createSmallWorld({}, { retryStrategy: null })
  const half = world.createClient(world.nodes[0] as SimulatedNode, { retryStrategy: null })
  await world.run(100)
  server.crash(true)
  await world.run(1_000)
  expect([client.status, half.status]).toEqual(['ready', 'ready'])
  client.call('ping', []).catch(() => {})
  await world.run(1_000)
  server.start('everything')
  await world.run(100)
  expect([client.status, half.status]).toEqual(['end', 'ready']) // who sends nothing hears nothing
  server.crash(false)
  const third = world.createClient(world.nodes[0] as SimulatedNode, { retryStrategy: null })
  third.on('error', () => {})
  await world.run(100)
  expect(third.status).toBe('end')
})

test.for([
  ['everything', 'new'],
  ['snapshot', 'old'],
  ['nothing', null],
] as const)('start() begins with %s, and without scripts', async ([data, value]) => {
  const { world, server, client, ended, note } = await createSmallWorld()
  server.call('script', 'load', SCRIPTS.read.lua)
  server.call('set', 'key', 'old')
  server.takeSnapshot()
  server.call('set', 'key', 'new')
  server.crash(false)
  server.start(data)
  note(client.call('get', ['key']))
  note(client.call('evalsha', [SCRIPTS.read.sha1, 1, 'key', '', 1]))
  await world.run(1_000)
  expect(ended).toEqual([value, 'NOSCRIPT No matching script. Please use EVAL.'])
})

test('jumpTime() lets keys expire, and waits end', async () => {
  const { world, server, client, ended, note } = await createSmallWorld()
  server.call('set', 'key', 'value', 'PX', 60_000)
  note(client.call('xread', ['BLOCK', 60_000, 'STREAMS', 'log', '0']))
  await world.run(10)
  server.jumpTime(3_600_000)
  await world.run(10)
  expect(ended).toEqual([null])
  expect(server.call('get', 'key')).toBeNull()
})

test('createClusterClient() asks the server of the slot, and servers refuse keys of several', async () => {
  const world = createWorld({ seed: 1, nodes: 1, servers: 3 })
  const client = world.createClusterClient(world.nodes[0] as SimulatedNode)
  const results = Promise.allSettled([
    ...['a', 'b', 'c', 'd'].map((tag) => client.call('set', [`{${tag}}key`, tag])),
    client.call('mget', ['{a}key', '{b}key']),
    client.callBuffer('mget', ['{a}key', '{a}other']),
  ])
  await world.run(500)
  const stored = world.servers.map((server) => server.database.keys())
  expect(stored.flat().sort()).toEqual(['{a}key', '{b}key', '{c}key', '{d}key'])
  expect(stored.filter((keys) => keys.length > 0).length).toBeGreaterThan(1)
  const [crossing, together] = (await results).slice(-2)
  expect(crossing).toMatchObject({ reason: { message: "CROSSSLOT Keys in request don't hash to the same slot" } })
  expect(together).toEqual({ status: 'fulfilled', value: [Buffer.from('a'), null] })
  await world.close()
})

test('createClusterClient() tries again where a server was gone', async () => {
  const world = createWorld({ seed: 1, nodes: 1, servers: 2 })
  const client = world.createClusterClient(world.nodes[0] as SimulatedNode)
  await world.run(100)
  for (const server of world.servers) server.crash(false)
  const answer = client.call('set', ['key', 'value'])
  await world.run(500)
  for (const server of world.servers) server.start('everything')
  await world.run(1_000)
  expect(await answer).toBe('OK')
})

test('createWorld() can have a server that cannot read and set in one command', async () => {
  const { world, client, ended, note } = await createSmallWorld({ redis: { version: '6.2.14' } })
  note(client.call('set', ['key', 'value', 'NX', 'GET', 'PX', 10]))
  note(client.call('set', ['key', 'value', 'NX', 'PX', 10]))
  await world.run(100)
  expect(ended).toEqual(['ERR syntax error', 'OK'])
})

test('createWorld() keeps errors that nobody listens for', async () => {
  const world = createWorld({ seed: 1, nodes: 1 })
  world.createClient(world.nodes[0] as SimulatedNode)
  await world.run(100)
  world.drop(0, 0, 'lost')
  await world.run(100)
  expect(world.unheard).toMatchObject([{ code: 'ECONNRESET' }])
})
