import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

/** A server that is compared. */
export interface OverheadServer {
  readonly url: string
  readonly pid: number
  /** Ends it. */
  stop(): Promise<void>
}

const SCRIPTS = {
  whole: fileURLToPath(import.meta.resolve('task-server/src/main.ts')),
  bare: fileURLToPath(new URL('bare-server.ts', import.meta.url)),
} as const
const START_LIMIT_MS = 20_000
const STOP_LIMIT_MS = 10_000
const LOOK_EVERY_MS = 50

/**
 * Starts the server, or the one without packages, with the same environment.
 *
 * @param kind Which one.
 * @param databaseUrl Its database.
 * @param port Where it is to listen.
 */
export async function startOverheadServer(
  kind: keyof typeof SCRIPTS,
  databaseUrl: string,
  port: number,
): Promise<OverheadServer> {
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [SCRIPTS[kind]], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      // Access lines are told apart.
      LOG_LEVEL: 'warn',
      SESSION_SECRET: randomBytes(32).toString('hex'),
      CORS_ORIGIN: url,
      MAX_TASKS: '50000',
      RATE_LIMIT: '100000000',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  async function stop(): Promise<void> {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    if (child.exitCode === null && child.signalCode === null) await ended
    clearTimeout(timer)
  }
  const untilMs = performance.now() + START_LIMIT_MS
  while (!(await isThere(url))) {
    if (child.exitCode === null && performance.now() < untilMs) await sleep(LOOK_EVERY_MS)
    else {
      await stop()
      throw new Error(`Cannot start the ${kind} server: it ended with ${child.exitCode}`)
    }
  }
  return { url, pid: child.pid as number, stop }
}

async function isThere(url: string): Promise<boolean> {
  return fetch(`${url}/api/v1/tasks?limit=1`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok,
    () => false,
  )
}
