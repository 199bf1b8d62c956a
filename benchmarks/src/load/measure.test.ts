import { expect, test } from 'vitest'
import { catalogue, importGroup } from '../catalogue.ts'
import { entriesOf } from '../group.ts'
import { measureLoad } from './measure.ts'
import { startServer } from './servers.ts'

const LIMIT_MS = 60_000
const file = catalogue().find(({ name }) => name === 'load/hooks')?.file ?? ''

test('measureLoad() tells the CPU per request of servers in processes of their own', {
  timeout: LIMIT_MS,
}, async () => {
  const found = await importGroup(file, 'plain')
  if (found.kind !== 'load') throw new TypeError('Expected servers')
  const load = { ...found.group.load, ratePerSecond: 500 }
  const group = { ...found.group, ours: found.group.ours.slice(0, 1), peers: [], claims: [], load }

  const { rounds, loads } = await measureLoad(file, group, { sets: 1, rounds: 1, sliceMs: 100, warmUpMs: 20 })
  const names = entriesOf(group).map(({ name }) => name)
  expect(Object.keys(rounds[0] ?? {}).sort()).toEqual([...names].sort())
  for (const name of names) {
    expect(rounds[0]?.[name]).toBeGreaterThan(0)
    expect(loads[name]?.outcomes.ok).toBeGreaterThan(20)
    expect(loads[name]?.all.p50).toBeGreaterThan(0)
  }
})

test('startServer() says why a server did not start', { timeout: LIMIT_MS }, async () => {
  await expect(startServer(file, 'plain', 'nobody')).rejects.toThrow(
    'Cannot start the server "nobody": Cannot find "nobody" in group "plain"',
  )
})
