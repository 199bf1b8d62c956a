import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a server says first. */
export type ServerStart = { readonly port: number } | { readonly error: string }

/** What a server has used up since its start. */
export interface ServerUsage {
  /** Milliseconds of CPU, of all its threads. */
  readonly cpuMs: number
  /** What it counted; 0 if that was not asked. */
  readonly work: number
}

/** A server in a process of its own. */
export interface ServerProcess {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  /**
   * Asks what it has used up.
   *
   * @param question `collect`: after a small collection of garbage, and not what it counted.
   */
  usage(question: 'collect' | 'usage'): Promise<ServerUsage>
  /** Ends it. */
  stop(): Promise<void>
}

/** A process that serves, and answers questions. */
export interface StartedProcess {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  /**
   * Asks it something. One question at a time.
   *
   * @param question The question.
   */
  ask(question: string): Promise<unknown>
  /** Ends it. */
  stop(): Promise<void>
}

const START_LIMIT_MS = 20_000
const ANSWER_LIMIT_MS = 10_000
const STOP_LIMIT_MS = 2_000
const ENTRY = fileURLToPath(new URL('server-process.ts', import.meta.url))

/**
 * Starts a server of a load bench.
 *
 * @param file The bench's file.
 * @param groupId The group's id.
 * @param subjectName Name of the subject.
 */
export async function startServer(file: string, groupId: string, subjectName: string): Promise<ServerProcess> {
  const { port, ask, stop } = await startProcess(subjectName, ENTRY, [file, groupId, subjectName])
  return { port, usage: async (question) => (await ask(question)) as ServerUsage, stop }
}

/**
 * Starts a process that sends a {@link ServerStart} first, then an answer to each question.
 *
 * @param name What it serves, for errors.
 * @param entry Its script.
 * @param args The script's arguments.
 */
export async function startProcess(name: string, entry: string, args: readonly string[]): Promise<StartedProcess> {
  const child = fork(entry, args, { execArgv: ['--expose-gc'] })
  const ended = once(child, 'exit')
  const closed = ended.then(([code]): never => {
    throw new Error(`The server "${name}" ended by itself with code ${code}`)
  })
  closed.catch(() => {})

  async function answer(limitMs: number): Promise<unknown> {
    const [message] = await Promise.race([once(child, 'message', { signal: AbortSignal.timeout(limitMs) }), closed])
    return message
  }
  async function stop(): Promise<void> {
    if (child.connected) child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    await ended
    clearTimeout(timer)
  }

  try {
    const started = (await answer(START_LIMIT_MS)) as ServerStart
    if ('error' in started) throw new Error(`Cannot start the server "${name}": ${started.error}`)
    return {
      port: started.port,
      ask(question) {
        const reply = answer(ANSWER_LIMIT_MS)
        child.send(question)
        return reply
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
