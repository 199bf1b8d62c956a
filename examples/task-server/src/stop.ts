import { constants } from 'node:os'
import { systemClock } from '@breakwater/core'
import { StartError } from './start-error.ts'

/** Well below the 30 s after which Kubernetes kills. */
const LIMIT_MS = 5_000
const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Something that has to be closed before the process ends. */
interface Closable {
  close(): PromiseLike<unknown>
}

/** How this process ends. */
export interface Stop {
  /**
   * Closes something at the end, before whatever was added earlier.
   *
   * @param closable What to close.
   * @returns The same.
   */
  add<closable extends Closable>(closable: closable): closable
  /**
   * Says why there is no going on, closes everything and exits with 1.
   *
   * @param error What was thrown.
   */
  fail(error: unknown): Promise<never>
}

/**
 * Ends this process in order on SIGTERM and SIGINT: with exit code 0 if all was closed in time, and 1 if not. A second
 * signal ends it at once.
 */
export function createStop(): Stop {
  const closables: Closable[] = []
  let isStopping = false

  async function closeAll(exitCode: number): Promise<never> {
    isStopping = true
    systemClock.after(LIMIT_MS, () => {
      complain(`Cannot stop within ${LIMIT_MS.toLocaleString('en')} ms: ending all the same`)
      process.exit(1)
    })
    let code = exitCode
    for (const closable of closables.reverse()) {
      try {
        await closable.close()
      } catch (error) {
        complain(String(error))
        code = 1
      }
    }
    return process.exit(code)
  }

  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (isStopping) process.exit(128 + constants.signals[signal])
      void closeAll(0)
    })
  }
  return {
    add(closable) {
      closables.push(closable)
      return closable
    },
    fail(error) {
      if (error instanceof StartError) error.lines.forEach(complain)
      else console.error(error)
      return closeAll(1)
    },
  }
}

function complain(line: string): void {
  console.error(`task-server: ${line}`)
}
