import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Cluster } from 'task-server/cluster/cluster.ts'
import { type Checked, checkAll } from './check/check.ts'
import { describe } from './check/evidence.ts'
import { machineNow } from './clock.ts'
import type { Call, LiveHistory, Stored } from './history.ts'
import type { LoadProcess } from './load/load-processes.ts'
import type { KnownTask } from './load/mix.ts'
import type { LoadProgress } from './messages.ts'
import { type ClientNumbers, type Times, toClientNumbers, toTimes } from './numbers.ts'
import { type ActReport, type Phase, SEEN_MS, waitFrom } from './phases.ts'
import { type Samples, startSampler } from './sampler.ts'
import { hitRatioOf, scrape } from './scrape.ts'
import type { ProveSettings } from './settings.ts'
import type { Archive } from './stored.ts'
import type { Watched } from './usage.ts'

/** Everything that a run needs, ready. */
export interface Scene {
  readonly cluster: Cluster
  readonly archive: Archive
  readonly users: LoadProcess
  readonly sockets: LoadProcess
  readonly settings: ProveSettings
}

/** Something that was done in a run. */
export interface Mark {
  readonly atSeconds: number
  readonly text: string
}

/** What came of a run. */
export interface PhaseReport {
  readonly id: string
  readonly title: string
  readonly about: string
  readonly seconds: number
  /** How late the load itself was. */
  readonly lag: Times
  /** Whether it was too late for the numbers to mean anything. */
  readonly isVoid: boolean
  /** How often it was begun. */
  readonly tries: number
  readonly clients: ClientNumbers
  /** WebSockets that were connected at the end. */
  readonly sockets: number
  readonly samples: Samples
  /** Share of reads that the cache answered. */
  readonly hitRatio: number
  readonly marks: readonly Mark[]
  readonly checked: Checked
  /** What the phase asks for beside, and did not get. */
  readonly broken: readonly string[]
  readonly replaced?: ActReport['replaced']
  readonly rubbish?: ActReport['rubbish']
}

const LEAD_MS = 1_500
const LOST_EXAMPLES = 5
const SETTLE_LIMIT_MS = 30_000
const SETTLE_EVERY_MS = 500

/**
 * Does one run: load, what happens meanwhile, and the check of all of it.
 *
 * @param phase What happens.
 * @param scene On what.
 * @param seed Decides the load.
 * @param tries How often it was begun.
 * @param say Told once a second how far it is, and what happens.
 */
export async function runPhase(
  phase: Phase,
  scene: Scene,
  seed: number,
  tries: number,
  say: (text: string, isProgress: boolean) => void,
): Promise<PhaseReport> {
  const { cluster, archive, users, sockets, settings } = scene
  const { after: before } = await settle(archive, sockets)
  const stretches = phase.stretches(settings)
  const durationMs = stretches.reduce((sum, stretch) => sum + stretch.durationMs, 0)
  const messages = [{ ratePerSecond: settings.messagesPerSecond, durationMs }]
  const countedBefore = await scrape(cluster.instances.map(({ url }) => url))
  const startAtMs = machineNow() + LEAD_MS
  const marks: Mark[] = []
  const mark = (text: string): void => {
    marks.push({ atSeconds: (machineNow() - startAtMs) / 1_000, text })
    say(text, false)
  }
  const boards = [...before.boards.keys()].filter((board) => board !== 'main')
  const run = { startAtMs, mix: 'all' as const, tasks: popularFirst(before.tasks), boards }
  const sampler = startSampler(() => watchedOf(scene))
  const progress = { http: NONE, socket: NONE }
  const tell = (part: keyof typeof progress) => (news: LoadProgress) => {
    progress[part] = news
    if (part === 'http')
      say(toProgress(phase, (machineNow() - startAtMs) / 1_000, progress.http, progress.socket), true)
  }
  const act = phase.act?.({ cluster, settings, startAtMs, mark, until: waitFrom(startAtMs) }) ?? Promise.resolve({})
  const [http, socket, acted] = await Promise.all([
    users.run({ ...run, stretches, seed }, tell('http')),
    sockets.run({ ...run, stretches: messages, seed: seed + 1_000 }, tell('socket')),
    act as Promise<ActReport>,
  ])
  const samples = sampler.stop()
  const { after, live } = await settle(archive, sockets)
  const calls = [...http.calls, ...socket.calls]
  const clients = toClientNumbers(calls, live, { startAtMs, durationMs, timeoutMs: settings.timeoutMs })
  const counted = await scrape(cluster.instances.map(({ url }) => url))
  const lag = toTimes([...http.lagsMs, ...socket.lagsMs])
  const promises = { seenMs: SEEN_MS, ...acted.promises }
  return {
    id: phase.id,
    title: phase.title,
    about: phase.about,
    seconds: durationMs / 1_000,
    lag,
    isVoid: lag.p99 > settings.maxLagMs,
    tries,
    clients,
    sockets: live.filter(({ isOpen }) => isOpen).length,
    samples,
    hitRatio: hitRatioOf(countedBefore, counted),
    marks,
    checked: checkAll({ before, calls, live, after, promises }),
    broken: brokenOf(phase, clients, calls, acted),
    ...(acted.replaced !== undefined && { replaced: acted.replaced }),
    ...(acted.rubbish !== undefined && { rubbish: acted.rubbish }),
  }
}

/** Waits until the database does not change any more, and every socket has come as far. */
async function settle(
  archive: Archive,
  sockets: LoadProcess,
): Promise<{ readonly after: Stored; readonly live: readonly LiveHistory[] }> {
  const untilMs = performance.now() + SETTLE_LIMIT_MS
  let before = await archive.read()
  for (;;) {
    await sleep(SETTLE_EVERY_MS)
    const isLast = performance.now() > untilMs
    const after = await archive.read()
    const isStill = isDeepStrictEqual(before.boards, after.boards)
    const live = isStill || isLast ? await sockets.live(after.boards, isLast) : undefined
    if (live !== undefined) return { after, live }
    before = after
  }
}

/**
 * Puts tasks in the order in which they are popular: that of their ids, turned into something without meaning.
 *
 * @param tasks All of them.
 */
export function popularFirst(tasks: Stored['tasks']): readonly KnownTask[] {
  return [...tasks].map(([id, { board }]) => ({ id, board })).sort((a, b) => (a.id.slice(-8) < b.id.slice(-8) ? -1 : 1))
}

function watchedOf({ cluster, users, sockets }: Scene): readonly Watched[] {
  return [
    ...cluster.instances.map(({ pid }, index) => ({ name: `instance ${index + 1}`, pid })),
    { name: 'nginx', pid: cluster.nginx.pid },
    ...(cluster.postgres ? [{ name: 'PostgreSQL', pid: cluster.postgres.pid }] : []),
    ...(cluster.redis ? [{ name: 'Redis', pid: cluster.redis.pid }] : []),
    { name: 'users', pid: users.pid },
    { name: 'sockets', pid: sockets.pid },
    { name: 'prove', pid: process.pid, isAlone: true },
  ]
}

function brokenOf(
  phase: Phase,
  { outcomes }: ClientNumbers,
  calls: readonly Call[],
  { replaced, rubbish }: ActReport,
): readonly string[] {
  const { failed, late, unsent } = outcomes
  const lost = failed + late + unsent
  const isLost = ({ via, outcome }: Call): boolean => via === 'http' && outcome !== 'ok' && outcome !== 'refused'
  const examples = calls.filter(isLost).slice(0, LOST_EXAMPLES).map(describe)
  return [
    ...(phase.losesNothing === true && lost > 0
      ? [`${lost} requests were lost: ${failed} failed, ${late} late, ${unsent} unsent: ${examples.join('; ')}`]
      : []),
    ...(replaced !== undefined && replaced.how !== 0 ? [`the instance ended with ${replaced.how}`] : []),
    ...(rubbish?.wrong ?? []).map((wrong) => `rubbish got a wrong answer: ${wrong}`),
  ]
}

const NONE: LoadProgress = { ok: 0, refused: 0, failed: 0, pending: 0, p99Ms: 0, sockets: 0 }

function toProgress({ id }: Phase, seconds: number, http: LoadProgress, socket: LoadProgress): string {
  const { ok, refused, failed, pending, p99Ms } = http
  const counts = `${ok} ok, ${refused} refused, ${failed} failed, ${pending} pending`
  return `${id} ${seconds.toFixed(0)} s: ${counts}, p99 ${p99Ms.toFixed(0)} ms; ${socket.sockets} sockets, ${socket.ok} messages`
}
