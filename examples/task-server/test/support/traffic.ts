import { setTimeout as sleep } from 'node:timers/promises'

const JSON_TYPE = { 'content-type': 'application/json' }
const PAUSE_MS = 10
const CHANGE_EVERY_MS = 50

/** What was found while clients read and changed a few tasks through several instances. */
export interface Traffic {
  /** Answers that were asked for. */
  readonly requests: number
  /** Those that were no success. */
  readonly failures: readonly string[]
  /** The longest wait for one, in milliseconds. */
  readonly slowestMs: number
  /**
   * Reads that found less than the same read of the same instance had found before, or than a change through it had answered.
   * A list and a task are different reads: while a change is not answered yet, one may have it and the other not.
   */
  readonly stepsBack: readonly string[]
  /** The longest that a change was over when some read was sent that did not find it, in milliseconds. */
  readonly latestMs: number
  /** All such times, for percentiles. */
  readonly lateMs: readonly number[]
  /** Begins to count anew. What is known of the tasks stays. */
  reset(): void
  /** Ends it. */
  stop(): Promise<void>
}

/**
 * Starts clients: one for each task, which changes it and reads at once what it did, and two readers for each instance, of tasks
 * and of the list.
 *
 * @param urls Where the instances are.
 * @param taskCount How many tasks there are.
 */
export async function startTraffic(urls: readonly string[], taskCount: number): Promise<Traffic> {
  let requests = 0
  let failures: string[] = []
  let slowestMs = 0
  let stepsBack: string[] = []
  let lateMs: number[] = []
  let isOver = false
  /** When each version was answered, by the task. */
  const answeredAtMs = new Map<string, number[]>()
  /** The newest version that each instance has shown, by what was read. */
  const shown = urls.map(() => ({ GET: new Map<string, number>(), list: new Map<string, number>() }))

  async function ask(path: string, instance: number, init?: RequestInit): Promise<unknown> {
    const startedAtMs = performance.now()
    requests++
    try {
      const answer = await fetch(`${urls[instance]}/api/v1/tasks${path}`, init)
      const body = await answer.json()
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs)
      if (answer.ok) return body
      failures.push(`${init?.method ?? 'GET'} ${path}: ${answer.status}`)
    } catch (error) {
      failures.push(`${init?.method ?? 'GET'} ${path}: ${String((error as Error).cause ?? error)}`)
    }
    return undefined
  }

  function check(
    instance: number,
    what: 'GET' | 'list',
    id: string,
    version: number,
    least: number,
    sentAtMs: number,
  ): void {
    if (version < least) stepsBack.push(`${what} of ${id} through ${instance}: ${version} after ${least}`)
    const newerAtMs = answeredAtMs.get(id)?.[version + 1]
    if (newerAtMs !== undefined && newerAtMs < sentAtMs) lateMs.push(sentAtMs - newerAtMs)
    show(instance, what, id, version)
  }

  function show(instance: number, what: 'GET' | 'list', id: string, version: number): void {
    const versions = shown[instance]?.[what]
    versions?.set(id, Math.max(version, versions.get(id) ?? 0))
  }

  async function read(instance: number, id: string): Promise<void> {
    const least = shown[instance]?.GET.get(id) ?? 0
    const sentAtMs = performance.now()
    const task = (await ask(`/${id}`, instance)) as { version: number } | undefined
    if (task !== undefined) check(instance, 'GET', id, task.version, least, sentAtMs)
  }

  async function readList(instance: number): Promise<void> {
    const least = new Map(shown[instance]?.list)
    const sentAtMs = performance.now()
    const list = (await ask('?limit=100', instance)) as { items: { id: string; version: number }[] } | undefined
    for (const { id, version } of list?.items ?? []) {
      check(instance, 'list', id, version, least.get(id) ?? 0, sentAtMs)
    }
  }

  async function change(instance: number, id: string): Promise<void> {
    const body = JSON.stringify({ title: `Task at ${performance.now()}` })
    const task = (await ask(`/${id}`, instance, { method: 'PATCH', headers: JSON_TYPE, body })) as
      | { version: number }
      | undefined
    if (task === undefined) return
    const times = answeredAtMs.get(id) ?? []
    answeredAtMs.set(id, times)
    times[task.version] = performance.now()
    show(instance, 'GET', id, task.version)
    show(instance, 'list', id, task.version)
    await Promise.all([read(instance, id), readList(instance)])
  }

  const made = await Promise.all(
    Array.from({ length: taskCount }, () =>
      ask('', 0, { method: 'POST', headers: JSON_TYPE, body: '{"title":"Task"}' }),
    ),
  )
  if (failures.length > 0) throw new Error(`Cannot begin: ${failures.join(', ')}`)
  const ids = made.map((task) => (task as { id: string }).id)
  const clients = [
    ...ids.map(async (id, n) => {
      for (let turn = 0; !isOver; turn++) {
        // Half of them stay with one instance, so that the others have to hear of it.
        await change((n % 2 === 0 ? n / 2 : turn) % urls.length, id)
        await sleep(CHANGE_EVERY_MS)
      }
    }),
    ...urls.flatMap((_, instance) => [
      (async () => {
        for (let turn = 0; !isOver; turn++) {
          await read(instance, ids[turn % ids.length] as string)
          await sleep(PAUSE_MS)
        }
      })(),
      (async () => {
        while (!isOver) {
          await readList(instance)
          await sleep(PAUSE_MS)
        }
      })(),
    ]),
  ]
  return {
    get requests() {
      return requests
    },
    get failures() {
      return failures
    },
    get slowestMs() {
      return slowestMs
    },
    get stepsBack() {
      return stepsBack
    },
    get latestMs() {
      return Math.max(0, ...lateMs)
    },
    get lateMs() {
      return lateMs
    },
    reset() {
      requests = 0
      failures = []
      slowestMs = 0
      stepsBack = []
      lateMs = []
    },
    async stop() {
      isOver = true
      await Promise.all(clients)
    },
  }
}
