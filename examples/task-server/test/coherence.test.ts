import { setTimeout as sleep } from 'node:timers/promises'
import { usePostgres, useRedis } from '@breakwater/testing/services'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from './support/server.ts'
import { startTraffic, type Traffic } from './support/traffic.ts'

const postgres = usePostgres()
const redis = useRedis({ own: true })

/** Within which a change through one instance is seen through each other one, if Redis had it when it was answered. */
const SEEN_MS = 250
/**
 * The same while they are cut off. By itself each serves nothing that is over a second old; but whichever is back first goes by a
 * log in which the changes of the others are still missing, until they are back as well: up to another second and a half.
 */
const CUT_OFF_MS = 2_500
/** The longest that anybody waits for an answer, on a machine that is busy with other tests. */
const ANSWERED_MS = 2_000

interface Health {
  readonly status: string
  readonly redis: string
  readonly cache: string
}

async function healthOf(url: string): Promise<Health> {
  return (await (await fetch(`${url}/health`)).json()) as Health
}

/** Two instances on one database and one Redis, and their clients. */
interface Two {
  readonly traffic: Traffic
  readonly urls: readonly string[]
  /** How often changes began to wait, as Redis did not answer within 100 ms, and how often that ended. */
  waits(): readonly [begun: number, ended: number]
}

async function startTwo(): Promise<Two> {
  const variables = { DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url }
  const servers = [startServer(variables), startServer(variables)]
  const urls = await Promise.all(servers.map(({ listening }) => listening))
  await expect
    .poll(() => Promise.all(urls.map(healthOf)), { timeout: 10_000 })
    .toMatchObject(Array(2).fill({ redis: 'healthy', cache: 'healthy' }))
  const traffic = await startTraffic(urls, 6)
  onTestFinished(async () => {
    await traffic.stop()
    for (const server of servers) expect(await server.end('SIGTERM')).toMatchObject({ code: 0 })
  })
  const count = (text: RegExp): number =>
    servers.reduce((sum, { stdout, stderr }) => sum + (stdout + stderr).split(text).length - 1, 0)
  return { traffic, urls, waits: () => [count(/Changes wait until Redis/), count(/Redis was told of all changes/)] }
}

/** Lets the clients go on for a while, and checks what they found: Redis is there. */
async function expectCoherence({ traffic, waits }: Two, forMs: number): Promise<void> {
  await expect.poll(() => new Set(waits()).size, { timeout: 10_000 }).toBe(1)
  const before = waits()
  traffic.reset()
  await sleep(forMs)
  await traffic.stop()
  tell('Redis is there', traffic)
  expect([traffic.failures, traffic.stepsBack]).toEqual([[], []])
  expect(traffic.slowestMs).toBeLessThan(ANSWERED_MS)
  // On a machine that is too busy even Redis is late.
  expect(traffic.latestMs).toBeLessThan(waits()[0] === before[0] ? SEEN_MS : CUT_OFF_MS)
}

function tell(what: string, { requests, slowestMs, lateMs }: Traffic): void {
  const sorted = lateMs.toSorted((a, b) => a - b).map((ms) => Math.round(ms))
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0
  console.info(
    `${what}: ${requests} requests, the slowest ${Math.round(slowestMs)} ms; ${sorted.length} reads did not find a change: half of them within ${at(0.5)} ms, 99 % within ${at(0.99)} ms, the last ${sorted.at(-1) ?? 0} ms`,
  )
}

test('a change through one instance is seen through the other at once, and never taken back', async () => {
  const two = await startTwo()
  await expectCoherence(two, 5_000)
  expect(two.traffic.requests).toBeGreaterThan(200)
}, 60_000)

test.each([
  ['is killed and comes back', () => redis.kill(), () => redis.restart()],
  ['hangs for a while', () => redis.pause(), () => redis.resume()],
])(
  'while Redis %s, no request fails, and no instance takes back what it has shown',
  async (what, away, back) => {
    const two = await startTwo()
    const { traffic, urls } = two
    for (let round = 0; round < 2; round++) {
      await sleep(500)
      await away()
      await sleep(2_000)
      for (const url of urls) expect(await healthOf(url)).toMatchObject({ status: 'degraded', cache: 'degraded' })
      await back()
      await expect
        .poll(() => Promise.all(urls.map(healthOf)), { timeout: 10_000 })
        .toMatchObject(Array(2).fill({ redis: 'healthy', cache: 'healthy' }))
    }
    tell(`Redis ${what}`, traffic)
    expect([traffic.failures, traffic.stepsBack]).toEqual([[], []])
    expect(traffic.latestMs).toBeLessThan(CUT_OFF_MS)
    expect(traffic.slowestMs).toBeLessThan(ANSWERED_MS)

    await expectCoherence(two, 2_000)
  },
  60_000,
)
