import { setTimeout as sleep } from 'node:timers/promises'
import { createGuard, type Guard, type GuardedServer } from './guard.ts'
import type { ServerCommand, Task, User } from './guard-messages.ts'
import { freePort } from './port.ts'
import type { OwnServer } from './service.ts'

/** Generous, as test machines may be busy. */
const READY_LIMIT_MS = 30_000
const READY_EVERY_MS = 15
const MAX_PORTS = 5
const MAX_RESTARTS = 20
const RESTART_EVERY_MS = 100
const STOP_LIMIT_MS = 5_000

/** How one kind of server is run. */
export interface ServerPlan {
  /** Its name in messages and in the directory's. */
  readonly name: string
  /** Who runs it, where that is not the user of this process. */
  readonly user?: User | undefined
  /** Asks it to end at once but properly. */
  readonly stopSignal: NodeJS.Signals
  /** Run at the end, whatever ended it. */
  readonly last?: Task | undefined
  /** How far above its port there is another one that it opens. */
  readonly secondPort?: number | undefined
  /** Makes its data, before the first start. */
  prepare?(guard: Guard): Promise<void>
  /** The program and its arguments. It must stay in the foreground and log to stdout or stderr. */
  command(port: number): { readonly file: string; readonly args: readonly string[] }
  /**
   * Whether it answers, and is really this one: another server may have been quicker on the same port. Tried until it
   * does; may throw instead.
   */
  isReady(port: number, pid: number): Promise<boolean>
}

/** A running server, with what ends it. */
export interface RunningServer extends OwnServer {
  /** Ends it and removes its directory. Calling it twice is harmless. */
  stop(): Promise<void>
}

/** Thrown when a server that could be had does not start. */
class StartError extends Error {
  readonly isPortTaken: boolean

  constructor(name: string, why: string, log: string) {
    super(`Cannot start ${name} as it ${why}: ${log || 'it logged nothing'}`)
    this.isPortTaken = /address already in use/i.test(log)
  }
}

/**
 * Starts a server on a free loopback port, in a temporary directory, under a guard.
 *
 * @param plan How.
 * @returns The server, which answers.
 */
export async function startServer(plan: ServerPlan): Promise<RunningServer> {
  const { name, user, last } = plan
  const guard = await createGuard({ name: name.toLowerCase(), user, last })
  try {
    await plan.prepare?.(guard)
    const { port, server } = await launchOnFreePort(plan, guard)
    return toRunningServer(plan, guard, port, server)
  } catch (error) {
    await guard.close()
    throw error
  }
}

async function launchOnFreePort(plan: ServerPlan, guard: Guard): Promise<{ port: number; server: GuardedServer }> {
  for (let tries = 1; ; tries++) {
    const port = await freePort(plan.secondPort)
    try {
      return { port, server: await launch(plan, guard, port) }
    } catch (error) {
      if (!(error instanceof StartError && error.isPortTaken) || tries === MAX_PORTS) throw error
    }
  }
}

async function launch(plan: ServerPlan, guard: Guard, port: number): Promise<GuardedServer> {
  const command: ServerCommand = {
    ...plan.command(port),
    env: serverEnvironment(guard.directory),
    user: plan.user,
    stopSignal: plan.stopSignal,
    stopLimitMs: STOP_LIMIT_MS,
    // One per start: what an earlier one logged must not be taken for a failure of this one.
    logFile: `${plan.name.toLowerCase()}-${Date.now()}.log`,
  }
  const server = await guard.start(command)
  const until = performance.now() + READY_LIMIT_MS
  while (!(await plan.isReady(port, server.pid).catch(() => false))) {
    if (server.ended !== undefined) throw new StartError(plan.name, `ended with ${server.ended}`, server.log())
    if (performance.now() > until) {
      const log = server.log()
      await server.kill()
      throw new StartError(plan.name, `did not answer within ${READY_LIMIT_MS} ms`, log)
    }
    await sleep(READY_EVERY_MS)
  }
  return server
}

/**
 * The whole environment of a server and its tools: nothing of the user's own, such as PGDATA, may reach it.
 *
 * @param directory Its temporary directory, to which it may write.
 */
export function serverEnvironment(directory: string): Readonly<Record<string, string>> {
  return { PATH: process.env.PATH ?? '', HOME: directory, TMPDIR: directory, LANG: 'C', TZ: 'UTC' }
}

function toRunningServer(plan: ServerPlan, guard: Guard, port: number, first: GuardedServer): RunningServer {
  let server = first
  let isPaused = false
  return {
    port,
    directory: guard.directory,
    get pid() {
      return server.pid
    },
    get state() {
      if (server.ended !== undefined) return 'ended'
      return isPaused ? 'paused' : 'running'
    },
    log: () => server.log(),
    kill: () => server.kill(),
    pause() {
      isPaused = true // from now on nobody may count on it
      return server.pause()
    },
    async resume() {
      await server.resume()
      isPaused = false
    },
    async restart() {
      await server.stop()
      isPaused = false
      server = await relaunch(plan, guard, port)
    },
    stop: () => guard.close(),
  }
}

/** Somebody else may hold the port for a moment, such as a client that looks for a free one. */
async function relaunch(plan: ServerPlan, guard: Guard, port: number): Promise<GuardedServer> {
  for (let tries = 1; ; tries++) {
    try {
      return await launch(plan, guard, port)
    } catch (error) {
      if (!(error instanceof StartError && error.isPortTaken) || tries === MAX_RESTARTS) throw error
      await sleep(RESTART_EVERY_MS)
    }
  }
}
