import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('measure-process.ts', import.meta.url))

/**
 * Measures in a process of its own, which ends with it.
 *
 * @param groupId What is measured, for the error.
 * @param args Arguments of `measure-process.ts`.
 * @param limitMs Milliseconds after which it is ended.
 */
export async function measureInProcess<measured>(
  groupId: string,
  args: readonly string[],
  limitMs: number,
): Promise<measured> {
  const child = fork(ENTRY, args, { execArgv: ['--expose-gc'] })
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  try {
    const ended = once(child, 'exit').then(([code, signal]): never => {
      throw new Error(`Cannot measure group "${groupId}" as its process ended with ${signal ?? code} (see above)`)
    })
    const [measured] = await Promise.race([once(child, 'message'), ended])
    ended.catch(() => {})
    return measured as measured
  } finally {
    clearTimeout(timer)
    if (child.exitCode === null && child.signalCode === null) child.disconnect()
  }
}
