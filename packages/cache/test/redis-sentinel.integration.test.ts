import { useRedisSentinel } from '@breakwater/testing/services'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test, vi } from 'vitest'
import { confirmed, followTier, type Probe, until } from './redis-probe.ts'

// Over the time that a failover may take.
vi.setConfig({ testTimeout: 90_000 })

const group = useRedisSentinel()

function openThroughSentinel(options: { readonly sentinelCommandTimeout?: number } = {}): Redis {
  const client = new Redis({
    ...group.connection,
    ...options,
    retryStrategy: () => 50,
    sentinelRetryStrategy: () => 50,
  })
  client.on('error', () => {}) // its servers are killed on purpose
  onTestFinished(() => client.disconnect())
  return client
}

/** Sends a change again until it is answered, as it does no harm. */
async function deleteSurely(probe: Probe, key: string): Promise<void> {
  await until(() =>
    Promise.race([
      probe.tier.delete(0, [key]).then(
        () => true,
        () => false,
      ),
      new Promise<boolean>((resolve) => setTimeout(resolve, 500, false)),
    ]),
  )
}

test('a tier works through Sentinel', async () => {
  const probe = await followTier(openThroughSentinel())
  await probe.tier.delete(0, ['a'])
  await confirmed(probe)
  expect(probe.mutations).toMatchObject([{ keys: ['a'] }])
})

test('a master that is killed is followed by another one', async () => {
  const probe = await followTier(openThroughSentinel())
  const other = await followTier(openThroughSentinel(), { name: probe.name })
  await deleteSurely(probe, 'before')
  await confirmed(other)
  await group.untilOk() // its replicas have it
  const killed = await group.killMaster()
  await until(() => other.failures.length > 0)
  await group.untilOk()
  expect(await group.master()).not.toBe(killed)
  await deleteSurely(probe, 'after')
  await confirmed(other)
  expect(other.mutations.map((mutation) => mutation.kind === 'delete' && mutation.keys[0]).slice(0, 1)).toEqual([
    'before',
  ])
  expect(other.mutations.at(-1)).toMatchObject({ keys: ['after'] })
  expect(other.histories).toHaveLength(1)
  await killed.restart()
  await group.untilOk()
})

test('a master that was frozen and comes back is left for the new one, with what only it has', async () => {
  const probe = await followTier(openThroughSentinel())
  const other = await followTier(openThroughSentinel(), { name: probe.name })
  await deleteSurely(probe, 'before')
  await confirmed(other)
  await group.untilOk()
  const frozen = await group.pauseMaster()
  await until(() => other.failures.length > 0)
  await group.untilOk()
  expect(await group.master()).not.toBe(frozen)
  await frozen.resume()
  await group.untilOk()
  await deleteSurely(probe, 'after')
  await confirmed(other)
  expect(other.mutations.at(-1)).toMatchObject({ keys: ['after'] })
})

test('a sentinel that does not answer is passed over', async () => {
  const [first] = group.sentinels
  if (first === undefined) throw new Error('no sentinel')
  await first.pause()
  try {
    const probe = await followTier(openThroughSentinel({ sentinelCommandTimeout: 200 }))
    await probe.tier.delete(0, ['a'])
    await confirmed(probe)
    expect(probe.mutations).toMatchObject([{ keys: ['a'] }])
  } finally {
    await first.resume()
  }
})
