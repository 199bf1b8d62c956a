import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startProcess } from '../load/servers.ts'
import type { Question, ServerState, ServerTask } from './messages.ts'
import type { OverloadSubject } from './subject.ts'

/** A server that is going to be overloaded. */
export interface OverloadServer {
  /** Its subject's name. */
  readonly name: string
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  /**
   * Asks how it is.
   *
   * @param question `report`: with what its subject has to say.
   */
  state(question?: Question): Promise<ServerState>
  /**
   * Waits until it has nothing to do, and a moment longer.
   *
   * @param restMs How much longer: what is cut off may still be on its way, and samplers should have seen the end of it.
   */
  quiet(restMs: number): Promise<void>
  /** Ends it. */
  stop(): Promise<void>
}

const ENTRY = fileURLToPath(new URL('server-process.ts', import.meta.url))
const QUIET_LIMIT_MS = 15_000
const LOOK_EVERY_MS = 20

/**
 * Starts a server in a process of its own.
 *
 * @param subject What is mounted.
 * @param task What the server does.
 */
export async function startOverloadServer(
  { name, script }: OverloadSubject,
  task: Omit<ServerTask, 'script'>,
): Promise<OverloadServer> {
  const whole: ServerTask = { ...task, script }
  const { port, ask, stop } = await startProcess(name, ENTRY, [JSON.stringify(whole)])
  const state = async (question: Question = 'state'): Promise<ServerState> => (await ask(question)) as ServerState
  return { name, port, state, quiet, stop }

  async function quiet(restMs: number): Promise<void> {
    const untilMs = performance.now() + QUIET_LIMIT_MS
    let { cpuMs } = await state()
    let isQuiet = false
    while (!isQuiet) {
      if (performance.now() > untilMs) throw new Error(`Cannot go on as "${name}" does not come to an end`)
      await sleep(LOOK_EVERY_MS)
      const now = await state()
      // What it has not read yet makes it busy, too, though it does not know.
      isQuiet = now.busy === 0 && now.cpuMs - cpuMs < LOOK_EVERY_MS / 2
      cpuMs = now.cpuMs
    }
    await sleep(restMs)
  }
}
