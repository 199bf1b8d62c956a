import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { LiveHistory } from '../history.ts'
import type { LoadAnswer, LoadProgress, LoadQuestion, LoadReport, LoadTask } from '../messages.ts'

/** One process of the load. */
export interface LoadProcess {
  readonly name: string
  readonly pid: number
  /** How many have a session. */
  readonly sessions: number
  /**
   * Loads.
   *
   * @param question What, and when.
   * @param tell Told how far it is, once a second.
   */
  run(question: LoadRun, tell: (progress: LoadProgress) => void): Promise<LoadReport>
  /**
   * What every socket saw since the run began, or nothing while one of them has not come as far as these versions.
   *
   * @param versions Of the boards.
   * @param isLast Whether to say it in any case.
   */
  live(versions: ReadonlyMap<string, number>, isLast: boolean): Promise<readonly LiveHistory[] | undefined>
  /** Opens further sockets, and says what came of it. */
  crowd(count: number): Promise<{ readonly opened: number; readonly refused: number; readonly other: number }>
  /** Ends it. */
  stop(): Promise<void>
}

/** What a run is told. */
export type LoadRun = Omit<Extract<LoadQuestion, { type: 'run' }>, 'type'>

const ENTRY = fileURLToPath(new URL('load-process.ts', import.meta.url))
const START_LIMIT_MS = 120_000
const ANSWER_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 2_000
/** What a run may take beside its own time and the time limit of its last request. */
const EXTRA_MS = 60_000

/**
 * Starts a process of the load, in which everybody is connected.
 *
 * @param name What it is, in messages.
 * @param task Whom it plays.
 */
export async function startLoadProcess(name: string, task: LoadTask): Promise<LoadProcess> {
  // What it sends back is large.
  const child = fork(ENTRY, [JSON.stringify(task)], { serialization: 'advanced', execArgv: [] })
  const ended = once(child, 'exit')
  const failed = ended.then(([code, signal]): never => {
    throw new Error(`The load process "${name}" ended by itself with ${code ?? signal}`)
  })
  failed.catch(() => {})

  async function next<type extends LoadAnswer['type']>(
    type: type,
    limitMs: number,
    tell: (progress: LoadProgress) => void = () => {},
  ): Promise<Extract<LoadAnswer, { type: type }>> {
    const { promise, resolve, reject } = Promise.withResolvers<Extract<LoadAnswer, { type: type }>>()
    function hear(answer: LoadAnswer): void {
      if (answer.type === 'progress') tell(answer.progress)
      else if (answer.type === 'error') reject(new Error(`The load process "${name}" says: ${answer.error}`))
      else if (answer.type === type) resolve(answer as Extract<LoadAnswer, { type: type }>)
    }
    child.on('message', hear)
    const timer = setTimeout(() => reject(new Error(`The load process "${name}" said no "${type}"`)), limitMs)
    try {
      return await Promise.race([promise, failed])
    } finally {
      clearTimeout(timer)
      child.off('message', hear)
    }
  }
  function ask(question: LoadQuestion): void {
    child.send(question)
  }

  try {
    const { sessions } = await next('ready', START_LIMIT_MS)
    return {
      name,
      pid: child.pid as number,
      sessions,
      async run(question, tell) {
        const durationMs = question.stretches.reduce((sum, stretch) => sum + stretch.durationMs, 0)
        const done = next('done', durationMs + task.timeoutMs + EXTRA_MS, tell)
        ask({ type: 'run', ...question })
        return (await done).report
      },
      async live(versions, isLast) {
        const settled = next('settled', ANSWER_LIMIT_MS)
        ask({ type: 'settled', versions: Object.fromEntries(versions), isLast })
        const { isSettled, live } = await settled
        return isSettled || isLast ? live : undefined
      },
      async crowd(count) {
        const crowded = next('crowd', ANSWER_LIMIT_MS)
        ask({ type: 'crowd', count })
        return await crowded
      },
      stop: () => stopChild(child, ended),
    }
  } catch (error) {
    await stopChild(child, ended)
    throw error
  }
}

async function stopChild(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(timer)
}
