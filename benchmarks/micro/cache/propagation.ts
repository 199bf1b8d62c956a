import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type FigureGroup, type FigureSubject, isAtMost } from '../../src/figures/group.ts'
import { LISTENERS, type Listener } from './listener.ts'
import { newName, openRedis, redisUrl, whyNoRedis } from './redis.ts'

const ENTRY = fileURLToPath(new URL('listener-process.ts', import.meta.url))
const ROUNDS = 500
const LIMIT_MS = 10_000

const TRIPS = 'round trips'
const MOST = 'round trips, 95 of 100'
const TRIP = 'µs of one'

/** Deletes keys here and looks when they are gone there. */
function propagation(name: string): FigureSubject {
  return {
    name,
    async measure(scale) {
      const rounds = Math.max(5, Math.round(ROUNDS * scale))
      const client = await openRedis()
      const cacheName = newName()
      const here = (await LISTENERS[name]?.(await redisUrl(), cacheName)) as Listener
      const there = fork(ENTRY, [name, await redisUrl(), cacheName])
      try {
        await said(there)
        const tripNs: number[] = []
        const goneNs: number[] = []
        for (let round = 0; round < rounds; round++) {
          const key = `task:${round}`
          there.send(key)
          await said(there)
          // At any moment of whatever is done in turns.
          await sleep(1 + (round % 7))
          const pingedNs = process.hrtime.bigint()
          await client.ping()
          const startedNs = process.hrtime.bigint()
          const [, gone] = await Promise.all([here.delete(key), said(there)])
          tripNs.push(Number(startedNs - pingedNs))
          goneNs.push(Number(BigInt(gone) - startedNs))
        }
        const trip = at(tripNs, 0.5)
        return { [TRIPS]: at(goneNs, 0.5) / trip, [MOST]: at(goneNs, 0.95) / trip, [TRIP]: trip / 1_000 }
      } finally {
        there.kill()
        await here.close()
        client.disconnect()
      }
    },
  }
}

async function said(process: ChildProcess): Promise<string> {
  const [message] = await once(process, 'message', { signal: AbortSignal.timeout(LIMIT_MS) })
  return message as string
}

function at(values: readonly number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number
}

/** How soon others know. */
export const propagations: FigureGroup = {
  id: 'propagation',
  title: 'What is deleted here is gone there',
  about:
    'Two processes have a key in their first layer, and one deletes it. Counted is the time from the call until the first layer of the other one does not have it, in round trips: those of a PING from this process. The other one does nothing but look; as bentocache cannot look into its first layer alone, its message counts.',
  whyNot: whyNoRedis,
  figures: [TRIPS, MOST, TRIP],
  ours: [propagation('ours')],
  peers: [propagation('bentocache'), propagation('layered-loader')],
  claims: [
    isAtMost('ours', TRIPS, 5, 'One to Redis, which tells those who wait for it; the rest is room for a busy machine.'),
  ],
}
