import { expect, test } from 'vitest'
import { createWorld, type World } from './simulated-network.ts'
import { createMeddler, drawWorldAction, plainerActions, WORLD_ACTIONS, type WorldAction } from './world-actions.ts'

/** Reads, writes and waits of three nodes, whatever happens to them; what they see is what is returned. */
async function play(world: World, next: (index: number) => WorldAction | undefined): Promise<readonly string[]> {
  const seen: string[] = []
  const meddler = createMeddler(world)
  const clients = world.nodes.map((node) => world.createClient(node))
  for (const [index, client] of clients.entries()) {
    client.on('error', (error) => seen.push(`${world.nowMs} ${index} ${error}`))
  }
  for (let index = 0; ; index++) {
    const action = next(index)
    if (action === undefined) break
    await meddler.apply(action)
    const note = (what: unknown): void => void seen.push(`${world.nowMs} ${index} ${JSON.stringify(what)}`)
    const client = clients[index % clients.length]
    client?.call('hset', ['hash', index, world.nowMs]).then(note, note)
    client?.call('xread', ['BLOCK', 100, 'STREAMS', 'log', 0]).then(note, note)
    client?.call('xadd', ['log', 'MAXLEN', '~', 5, `${index + 1}-0`, 'field', index]).then(note, note)
    await world.run(2)
  }
  meddler.heal()
  await world.run(10_000)
  for (const server of world.servers) seen.push(JSON.stringify(server.call('hgetall', 'hash')))
  return seen
}

async function playDrawn(seed: number, actions: WorldAction[]): Promise<readonly string[]> {
  const world = createWorld({ seed })
  const seen = await play(world, (index) => {
    if (index === 40) return undefined
    const action = drawWorldAction(world.dice, world)
    actions.push(action)
    return action
  })
  await world.close()
  return seen
}

test('drawWorldAction() and apply() give the same run for the same seed, also from data', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const [one, other]: [WorldAction[], WorldAction[]] = [[], []]
    const seen = await playDrawn(seed, one)
    expect(await playDrawn(seed, other)).toEqual(seen)
    expect(other).toEqual(one)
    const read = JSON.parse(JSON.stringify(one)) as WorldAction[]
    const world = createWorld({ seed })
    expect(await play(world, (index) => read[index])).toEqual(seen)
    await world.close()
  }
})

test('drawWorldAction() draws another run for another seed, and every kind of action', async () => {
  const runs = new Set<string>()
  const actions: WorldAction[] = []
  for (let seed = 1; seed <= 30; seed++) runs.add((await playDrawn(seed, actions)).join('\n'))
  expect(runs.size).toBe(30)
  expect(new Set(actions.map((action) => action.do))).toEqual(new Set(WORLD_ACTIONS))
})

test('heal() ends all that lasts, so that every client can be used', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const world = createWorld({ seed, servers: 2 })
    const meddler = createMeddler(world)
    for (let index = 0; index < 60; index++) await meddler.apply(drawWorldAction(world.dice, world))
    meddler.heal()
    expect(world.nodes.map(({ state }) => state)).toEqual(['runs', 'runs', 'runs'])
    expect(world.servers.map(({ state }) => state)).toEqual(['runs', 'runs'])
    const answers = world.nodes.map((node) => world.createClient(node).call('ping', []))
    await world.run(1_000)
    expect(await Promise.all(answers)).toEqual(['PONG', 'PONG', 'PONG'])
    await world.close()
  }
})

test('apply() keeps several things of one kind apart', async () => {
  const world = createWorld({ seed: 1, nodes: 1 })
  const meddler = createMeddler(world)
  await meddler.apply({ do: 'pause', server: 0, forMs: 100 })
  await meddler.apply({ do: 'pause', server: 0, forMs: 300 })
  await world.run(200)
  expect(world.servers[0]?.state).toBe('paused')
  await world.run(100)
  expect(world.servers[0]?.state).toBe('runs')
})

test('plainerActions() ends', () => {
  const world = createWorld({ seed: 1 })
  for (let index = 0; index < 500; index++) {
    let action: WorldAction | undefined = drawWorldAction(world.dice, world)
    for (let steps = 0; action !== undefined; steps++) {
      expect(steps).toBeLessThan(100)
      action = plainerActions(action).at(-1)
    }
  }
})
