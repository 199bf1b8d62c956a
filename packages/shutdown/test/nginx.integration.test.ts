import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type NginxConfig, useNginx } from '@breakwater/testing/services'
import { expect, test, vi } from 'vitest'
import { createFleet, type Fleet, type Instance } from './rolling/instances.ts'
import { type LoadReport, startLoad, type Wrong } from './rolling/load.ts'

const SOAK = Number(process.env.SOAK ?? 1)
/** The delay of an instance is this much longer than it took to tell nginx something, and at least as long as this. */
const DELAY_FACTOR = 8
const SHORTEST_DELAY_MS = 1_000
const WARM_MS = 300
/** What the end of an instance may take after its delay. */
const PATIENCE_MS = 10_000
/** Node alone does not end under load. */
const BARE_LIMIT_MS = 1_000
const MOST_BARE_ROLLS = 5

vi.setConfig({ testTimeout: 60_000 * SOAK })

const nginx = useNginx({ server: 'location / { return 503; }' })

/** Connections are kept, and nothing that goes wrong is hidden: no second try, and no instance that is left out for it. */
function proxyTo(ports: readonly number[]): NginxConfig {
  if (ports.length === 0) return { server: 'location / { return 200 nobody; }' }
  const servers = ports.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join(' ')
  return {
    http: `upstream tasks { ${servers} keepalive 64; }`,
    server: `location / {
      proxy_pass http://tasks;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_next_upstream off;
    }`,
  }
}

/** As long as nginx may take to hear of something while there is load on this machine, and more. */
async function measureDelay(): Promise<number> {
  const load = startLoad(nginx.url, 0)
  await sleep(WARM_MS)
  const startedMs = performance.now()
  await nginx.configure(proxyTo([]))
  const tookMs = performance.now() - startedMs
  await load.stop()
  return Math.ceil(Math.max(SHORTEST_DELAY_MS, DELAY_FACTOR * tookMs))
}

interface RollReport extends LoadReport {
  /** How each old instance ended. */
  readonly exits: readonly (number | string)[]
  /** What went wrong with requests that nginx has read. */
  readonly lost: readonly Wrong[]
  /** Requests that nginx never read, as it ended their connection when it was reloaded: not the service's business. */
  readonly crossed: number
  /** What clients and nginx got, each once. */
  readonly statuses: readonly string[]
}

/** Replaces two instances by turns, under load. */
async function roll(
  fleet: Fleet,
  turns: number,
  replace: (old: Instance, others: readonly number[]) => Promise<{ exit: number | string; instance: Instance }>,
): Promise<RollReport> {
  const ports = [await freePort(), await freePort()]
  const instances = await Promise.all(ports.map((port) => fleet.start(port)))
  await nginx.configure(proxyTo(ports))
  const before = (await nginx.requests()).length
  const exits: (number | string)[] = []
  const load = startLoad(nginx.url, 1)
  for (let turn = 0; turn < turns; turn++) {
    await sleep(WARM_MS)
    const old = instances[turn % 2] as Instance
    const { exit, instance } = await replace(
      old,
      ports.filter((port) => port !== old.port),
    )
    instances[turn % 2] = instance
    exits.push(exit)
  }
  await sleep(WARM_MS)
  const report = await load.stop()
  const seen = (await nginx.requests()).slice(before)
  const read = new Set(seen.map(({ uri }) => new URL(uri, nginx.url).searchParams.get('id')))
  const lost = report.wrong.filter(({ id }) => read.has(id))
  return {
    ...report,
    exits,
    lost,
    crossed: report.wrong.length - lost.length,
    statuses: [...new Set(seen.map(({ status, upstreamStatus }) => `${status} ${upstreamStatus}`))],
  }
}

/** As an orchestrator does: the balancer hears of what readiness says, and of the new instance when that is ready. */
function throughBalancer(fleet: Fleet, limitMs: number = Number.POSITIVE_INFINITY): Parameters<typeof roll>[2] {
  return async (old, others) => {
    const toldMs = performance.now()
    old.tell()
    await old.unready()
    await nginx.configure(proxyTo(others))
    const tookMs = performance.now() - toldMs
    expect(tookMs, 'nginx heard too late, so that this says nothing about the service').toBeLessThan(limitMs)
    const exit = await old.ended()
    const instance = await fleet.start(old.port)
    await nginx.configure(proxyTo([...others, old.port]))
    return { exit, instance }
  }
}

/** The new instance listens on the same port before the old one is told. nginx hears of nothing. */
function behindItsBack(fleet: Fleet): Parameters<typeof roll>[2] {
  return async (old) => {
    const instance = await fleet.start(old.port)
    old.tell()
    return { exit: await old.ended(), instance }
  }
}

function expectNothingLost(report: RollReport, fleet: Fleet): void {
  expect(report.lost).toEqual([])
  expect(report.statuses).toEqual(['200 200'])
  expect(report.exits).toEqual(report.exits.map(() => 0))
  expect(report.answered).toBe(report.sent - report.crossed)
  expect(report.crossed).toBeLessThan(report.sent / 20)
  // Each has really had its turn.
  expect(Object.keys(report.byGeneration).sort()).toEqual([...fleet.generations].sort())
}

test('not one request is lost while instances are replaced that nginx is told of', async () => {
  const delayMs = await measureDelay()
  const fleet = await createFleet('instance-ours', { DELAY_MS: String(delayMs) }, delayMs + PATIENCE_MS)
  const report = await roll(fleet, 2 * SOAK, throughBalancer(fleet, delayMs))
  expectNothingLost(report, fleet)
})

/** Node alone loses some thirty requests at each stop, but now and then none: a single stop proves nothing. */
async function rollUntilLost(fleet: Fleet, replace: Parameters<typeof roll>[2]): Promise<RollReport> {
  for (let tries = 1; ; tries++) {
    const report = await roll(fleet, 1, replace)
    if (report.lost.length > 0 || tries === MOST_BARE_ROLLS) return report
  }
}

test('Node alone loses requests where nginx is told: the test is not blind', async () => {
  const fleet = await createFleet('instance-bare', {}, BARE_LIMIT_MS)
  const { lost, statuses } = await rollUntilLost(fleet, throughBalancer(fleet))
  expect(lost.length).toBeGreaterThan(0)
  expect(statuses).toContain('502 502')
})

// With `reusePort` two processes listen on one port, and the kernel gives new connections to either.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const canReuse =
  process.platform === 'linux' && (major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12))

test.runIf(canReuse)('not one request is lost while instances are replaced that nginx is not told of', async () => {
  const fleet = await createFleet('instance-ours', { DELAY_MS: '0', REUSE_PORT: '1' }, PATIENCE_MS)
  const report = await roll(fleet, 4 * SOAK, behindItsBack(fleet))
  expectNothingLost(report, fleet)
  expect(report.crossed).toBe(0)
})

test.runIf(canReuse)('Node alone loses requests where nginx is not told: the test is not blind', async () => {
  const fleet = await createFleet('instance-bare', { REUSE_PORT: '1' }, BARE_LIMIT_MS)
  const { lost } = await rollUntilLost(fleet, behindItsBack(fleet))
  expect(lost.length).toBeGreaterThan(0)
})
