import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, startCluster } from 'task-server/cluster/cluster.ts'
import { type LoadProcess, startLoadProcess } from './load/load-processes.ts'
import { measureOverhead, type OverheadReport } from './overhead/measure.ts'
import { PHASES, type Phase } from './phases.ts'
import type { ProveReport } from './report/report.ts'
import { type PhaseReport, popularFirst, runPhase, type Scene } from './run-phase.ts'
import type { ProveSettings } from './settings.ts'
import { type Archive, openArchive } from './stored.ts'
import { type Extras, judgeTargets } from './targets.ts'

const MAX_TASKS = 50_000
/** Of one instance. */
const MAX_CONNECTIONS = 600
const CROWD = 120
/** Sessions, sockets and caches are there, and so is most compiled code. */
const WARM_UP_MS = 30_000
/** No run is begun again after this. */
const BUDGET_MS = 14 * 60_000

/** How to prove. */
export interface ProveOptions {
  readonly settings: ProveSettings
  /** Names of phases, and `overhead`. */
  readonly only: readonly string[]
  /** Ends it early. */
  readonly signal: AbortSignal
  /** Told what happens, and how far it is. */
  tell(text: string, isProgress: boolean): void
}

/** What came of it. */
export interface Proven {
  readonly report: Pick<ProveReport, 'targets' | 'phases' | 'overhead'>
  /** What was found wrong, in all runs. */
  readonly wrong: readonly string[]
}

/**
 * Does all runs, on one cluster for each number of instances.
 *
 * @param options Which, and how.
 */
export async function prove({ settings, only, signal, tell }: ProveOptions): Promise<Proven> {
  const beganMs = performance.now()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
  aborted.catch(() => {}) // whoever waits for something else at the same time
  const phases: PhaseReport[] = []
  const readyMs: number[] = []
  let crowd: Extras['crowd']
  let fullStatus: number | undefined
  for (const instances of [1, 3] as const) {
    const wanted = PHASES.filter((phase) => phase.instances === instances && only.includes(phase.id))
    if (wanted.length === 0) continue
    const act = async (scene: Scene): Promise<void> => {
      for (const instance of scene.cluster.instances) readyMs.push(instance.readyInMs)
      for (const phase of wanted) phases.push(await tryPhase(phase, scene, beganMs, tell))
      if (instances === 1) crowd = await scene.sockets.crowd(CROWD)
      else fullStatus = await createBeyond(scene)
      await assertWhole(scene.cluster)
    }
    signal.throwIfAborted()
    await withScene(instances, settings, tell, (scene) => Promise.race([act(scene), aborted]))
  }
  let overhead: OverheadReport | undefined
  const wrong = phases.flatMap(wrongIn)
  signal.throwIfAborted()
  if (only.includes('overhead'))
    try {
      overhead = await measureOverhead(settings, signal, (text) => tell(text, false))
    } catch (error) {
      signal.throwIfAborted()
      // What was found before is worth more.
      wrong.push(`overhead: ${(error as Error).message}`)
    }
  const crowdPlaces = Math.min(CROWD, MAX_CONNECTIONS - settings.sockets)
  const targets = judgeTargets(phases, overhead, { readyMs, crowd, crowdPlaces, fullStatus })
  return { report: { targets, phases, overhead }, wrong }
}

/** Again, where the load itself was late. */
async function tryPhase(phase: Phase, scene: Scene, beganMs: number, tell: ProveOptions['tell']): Promise<PhaseReport> {
  const seed = 10_000 * (PHASES.indexOf(phase) + 1)
  for (let tries = 1; ; tries++) {
    tell(`${phase.title}${tries > 1 ? `, try ${tries}` : ''}`, false)
    const report = await runPhase(phase, scene, seed + tries, tries, tell)
    const isLast = tries === scene.settings.tries || performance.now() - beganMs > BUDGET_MS
    if (!report.isVoid || isLast || hasFindings(report)) return report
    tell(`The load was late by ${report.lag.p99.toFixed(1)} ms (99 %): void`, false)
  }
}

/** What was wrong is told, however late the load was. */
function hasFindings(report: PhaseReport): boolean {
  return wrongIn(report).length > 0
}

/** All of it, but for what only took too long where everything did. */
function wrongIn({ id, isVoid, checked, broken }: PhaseReport): readonly string[] {
  const isCounted = (kind: string): boolean => !(isVoid && kind === 'late read')
  const counts = Object.entries(checked.counts).filter(([kind]) => isCounted(kind))
  return [
    ...counts.map(([kind, count]) => `${id}: ${count} × ${kind}`),
    ...checked.examples.flatMap(({ kind, text }) => (isCounted(kind) ? [`${id}: ${kind}: ${text}`] : [])),
    ...broken.map((text) => `${id}: ${text}`),
  ]
}

async function withScene(
  instances: number,
  settings: ProveSettings,
  tell: ProveOptions['tell'],
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const variables = {
    MAX_TASKS: String(MAX_TASKS),
    MAX_CONNECTIONS: String(MAX_CONNECTIONS),
    // All users have one address.
    RATE_LIMIT: '100000000',
    ADMIN_TOKEN: randomBytes(16).toString('hex'),
  }
  tell(`Starting ${instances} ${instances === 1 ? 'instance' : 'instances'}, nginx, PostgreSQL and Redis`, false)
  const cluster = await startCluster({ instances, variables })
  if ('skip' in cluster) throw new Error(`Cannot prove anything here: ${cluster.skip}`)
  const ends: (() => Promise<void>)[] = [() => cluster.close()]
  try {
    const archive = await openArchive(cluster.databaseUrl)
    ends.push(() => archive.close())
    tell(`Seeding ${settings.tasks} tasks`, false)
    const boards = await seed(archive, settings)
    tell(`Connecting ${settings.users} users and ${settings.sockets} sockets`, false)
    const common = { url: cluster.url, timeoutMs: settings.timeoutMs }
    const sockets = await startLoadProcess('sockets', { ...common, kind: 'socket', sockets: settings.sockets, boards })
    ends.push(() => sockets.stop())
    const users = await startLoadProcess('users', { ...common, kind: 'http', users: settings.users })
    ends.push(() => users.stop())
    const scene = { cluster, archive, users, sockets, settings }
    await warmUp(scene, boards)
    await run(scene)
  } finally {
    for (const end of ends.reverse())
      await end().catch((error: Error) => tell(`Cannot end as it should: ${error.message}`, false))
  }
}

async function seed(archive: Archive, { boards, tasks }: ProveSettings): Promise<readonly string[]> {
  const names = Array.from({ length: boards }, (_, index) => `board-${String(index + 1).padStart(2, '0')}`)
  for (const name of names) await archive.add(name, Math.ceil(tasks / boards))
  return names
}

/** The load, of which nothing is kept. */
async function warmUp({ archive, users, sockets, settings }: Scene, boards: readonly string[]): Promise<void> {
  const { tasks } = await archive.read()
  // The same are popular in what is measured.
  const known = popularFirst(tasks)
  const durationMs = settings.isQuick ? 500 : WARM_UP_MS
  const run = (user: LoadProcess, ratePerSecond: number, number: number): Promise<unknown> =>
    user.run(
      { startAtMs: 0, mix: 'all', stretches: [{ ratePerSecond, durationMs }], seed: number, tasks: known, boards },
      () => {},
    )
  await Promise.all([run(users, settings.ratePerSecond, 1), run(sockets, settings.messagesPerSecond, 2)])
  await sleep(500)
}

/** With as many tasks as there may be, one more is refused. */
async function createBeyond({ cluster, archive }: Scene): Promise<number> {
  const { tasks } = await archive.read()
  // On a board that nobody follows.
  await archive.add('beyond', MAX_TASKS - tasks.size)
  const answer = await fetch(`${cluster.url}/api/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"title":"One too many"}',
  })
  return answer.status
}

/** An instance that ended by itself would have been replaced by nobody. */
async function assertWhole(cluster: Cluster): Promise<void> {
  const broken = await Promise.race([cluster.broken, undefined])
  if (broken !== undefined) throw new Error(`An instance ended by itself with ${broken.how}`)
}
