import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleSubject } from '@breakwater/testing/shutdown'
import { onTestFinished } from 'vitest'

const START_LIMIT_MS = 10_000
const PROBE_EVERY_MS = 20
const PROBE_LIMIT_MS = 1_000

/** A running process of the service. */
export interface Instance {
  readonly port: number
  /** Its number: each start has another. */
  readonly generation: string
  /** Sends SIGTERM. */
  tell(): void
  /** Resolves when its readiness says no, or nothing any more. */
  unready(): Promise<void>
  /** Resolves to its exit code, or the signal that ended it; to `killed` when it did not end. */
  ended(): Promise<number | string>
}

/** Starts processes of one kind. */
export interface Fleet {
  /** Resolves when it listens. */
  start(port: number): Promise<Instance>
  /** The numbers of all that were started. */
  readonly generations: readonly string[]
}

/**
 * Makes a fleet, which is gone with the test.
 *
 * @param name The subject's script.
 * @param env What each instance is told.
 * @param stopLimitMs Milliseconds after which one that was told is killed.
 */
export async function createFleet(
  name: string,
  env: Readonly<Record<string, string>>,
  stopLimitMs: number,
): Promise<Fleet> {
  const script = await bundleSubject(join(import.meta.dirname, `../subjects/${name}.ts`))
  const generations: string[] = []
  const children: ChildProcess[] = []
  onTestFinished(() => {
    for (const child of children) child.kill('SIGKILL')
  })
  return {
    generations,
    async start(port) {
      const generation = String(generations.length)
      generations.push(generation)
      const child = fork(script, {
        execArgv: [],
        env: { ...env, PORT: String(port), GENERATION: generation },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      children.push(child)
      await Promise.race([
        once(child, 'message', { signal: AbortSignal.timeout(START_LIMIT_MS) }),
        once(child, 'exit').then(([code]) => {
          throw new Error(`Instance ${generation} on port ${port} ended with ${code} before it listened`)
        }),
      ])
      return toInstance(child, port, generation, stopLimitMs)
    },
  }
}

function toInstance(child: ChildProcess, port: number, generation: string, stopLimitMs: number): Instance {
  const exited = once(child, 'exit')
  return {
    port,
    generation,
    tell: () => void child.kill('SIGTERM'),
    async unready() {
      while (await isReady(port)) await sleep(PROBE_EVERY_MS)
    },
    async ended() {
      const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
      const [code, signal] = await exited
      clearTimeout(timer)
      return code ?? (signal === 'SIGKILL' ? 'killed' : signal)
    },
  }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/readyz', agent: false, timeout: PROBE_LIMIT_MS }
    const probe = get(options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    probe.once('timeout', () => probe.destroy())
    probe.once('error', () => resolve(false))
  })
}
