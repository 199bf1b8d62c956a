import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { GuardMessage, GuardQuestion, GuardRequest, ServerCommand, Task, User } from './guard-messages.ts'

const REQUEST_LIMIT_MS = 30_000
/** Over all that a guard does at the end: each step there has its own limit. */
const CLOSE_LIMIT_MS = 60_000
/** Bytes of a log that are read for an error message. */
const LOG_TAIL_BYTES = 4_000

/** Holds servers and their directory in a process of its own, which removes both when this process ends, however it does. */
export interface Guard {
  /** Temporary directory, in which everything runs. */
  readonly directory: string
  /** Runs a program to its end. Rejects with the end of its output if it fails or takes too long. */
  run(task: Task): Promise<void>
  /** Starts a server. Rejects if there is no such program; whether it serves is not looked at. */
  start(command: ServerCommand): Promise<GuardedServer>
  /** Ends everything and removes the directory. Calling it twice is harmless. */
  close(): Promise<void>
}

/** A server that a guard holds. None of these does anything once it has ended. */
export interface GuardedServer {
  /** Its process. */
  readonly pid: number
  /** Exit code or signal that ended it, or `undefined` while it runs. */
  readonly ended: string | undefined
  /** The end of its log. */
  log(): string
  /** Kills it and its child processes. Resolves when they are gone. */
  kill(): Promise<void>
  /** Freezes it and its child processes. */
  pause(): Promise<void>
  /** Lets them go on. */
  resume(): Promise<void>
  /** Asks it to end, and kills it if it does not. Resolves when it is gone. */
  stop(): Promise<void>
}

/** Options of {@link createGuard}. */
export interface GuardOptions {
  /** Part of the directory's name. */
  readonly name: string
  /** Who owns the directory, where that is not the user of this process. */
  readonly user?: User | undefined
  /** Run when everything has ended, whatever ended it, and before the directory goes. */
  readonly last?: Task | undefined
}

interface Waiting {
  resolve(value: string | number | undefined): void
  reject(error: Error): void
}

/**
 * Starts a guard.
 *
 * @param options The directory, and what is done last.
 */
export async function createGuard({ name, user, last }: GuardOptions): Promise<Guard> {
  const waiting = new Map<number, Waiting>()
  const ended = new Map<number, string>()
  const child = forkGuard()
  let stuck: string | undefined
  let questions = 0
  let closing: Promise<void> | undefined
  child.on('message', hear)
  child.once('exit', () => rejectAll(new Error('The guard process of the test servers ended')))
  // A test runner that is killed leaves its workers behind, and they may take their time to end.
  const onOrphaned = (): void => void child.kill('SIGTERM')
  process.once('disconnect', onOrphaned)
  child.once('exit', () => process.off('disconnect', onOrphaned))
  child.once('error', rejectAll)

  const directory = String(await ask({ type: 'open', prefix: join(tmpdir(), `breakwater-${name}-`), user, last }))
  return {
    directory,
    async run(task) {
      await ask({ type: 'run', task }, task.limitMs + REQUEST_LIMIT_MS)
    },
    async start(command) {
      const pid = Number(await ask({ type: 'start', server: command }))
      const request = async (type: 'kill' | 'pause' | 'resume' | 'stop', limitMs?: number): Promise<void> => {
        if (!ended.has(pid)) await ask({ type, pid }, limitMs)
      }
      return {
        pid,
        get ended() {
          return ended.get(pid)
        },
        log: () => tail(join(directory, command.logFile)),
        kill: () => request('kill'),
        pause: () => request('pause'),
        resume: () => request('resume'),
        stop: () => request('stop', command.stopLimitMs + REQUEST_LIMIT_MS),
      }
    },
    close() {
      closing ??= close()
      return closing
    },
  }

  function ask(request: GuardRequest, limitMs: number = REQUEST_LIMIT_MS): Promise<string | number | undefined> {
    const question: GuardQuestion = { id: ++questions, request }
    const { promise, resolve, reject } = Promise.withResolvers<string | number | undefined>()
    const timer = setTimeout(
      () => reject(new Error(`The guard did not answer "${request.type}" within ${limitMs} ms`)),
      limitMs,
    )
    waiting.set(question.id, { resolve, reject })
    keepAlive(child, true)
    if (child.connected) child.send(question, (error) => error && reject(error))
    else reject(new Error(`Cannot ask the guard for "${request.type}" as it has ended`))
    return promise.finally(() => {
      clearTimeout(timer)
      waiting.delete(question.id)
      // An idle guard keeps nobody alive: a script that ends without stop() ends, and the guard cleans up after it.
      if (waiting.size === 0) keepAlive(child, false)
    })
  }

  function hear(message: GuardMessage): void {
    if (message.type === 'done') waiting.get(message.id)?.resolve(message.value)
    else if (message.type === 'failed') waiting.get(message.id)?.reject(new Error(message.message))
    else if (message.type === 'exited') ended.set(message.pid, message.how)
    else stuck = message.message
  }

  function rejectAll(error: Error): void {
    for (const { reject } of waiting.values()) reject(error)
  }

  async function close(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    keepAlive(child, true)
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(CLOSE_LIMIT_MS) })
    child.kill('SIGTERM') // the channel stays open, so that what went wrong can still be told
    await exited
    if (stuck !== undefined) throw new Error(`Cannot clean up after the test servers: ${stuck}`)
  }
}

function forkGuard(): ChildProcess {
  const { PATH = '', TMPDIR = '' } = process.env
  return fork(join(import.meta.dirname, 'guard-process.ts'), {
    detached: true,
    execArgv: [], // a test runner's own would change what the guard loads
    env: { PATH, TMPDIR, NODE_COMPILE_CACHE: join(import.meta.dirname, '../../../node_modules/.cache/guard') },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
}

function keepAlive(child: ChildProcess, isNeeded: boolean): void {
  if (isNeeded) {
    child.ref()
    child.channel?.ref()
  } else {
    child.unref()
    child.channel?.unref()
  }
}

function tail(path: string): string {
  if (!existsSync(path)) return '' // it is gone with the directory
  const file = openSync(path, 'r')
  try {
    const from = Math.max(0, fstatSync(file).size - LOG_TAIL_BYTES)
    const bytes = Buffer.alloc(LOG_TAIL_BYTES)
    return bytes.toString('utf8', 0, readSync(file, bytes, 0, LOG_TAIL_BYTES, from)).trim()
  } finally {
    closeSync(file)
  }
}
