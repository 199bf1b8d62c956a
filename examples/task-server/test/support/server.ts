import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll } from 'vitest'

const HERE = join(import.meta.dirname, '..', '..')
const MAIN = join(HERE, 'src', 'main.ts')
/** Of Node's: these tests start it many times. */
const COMPILE_CACHE = join(HERE, 'node_modules', '.cache', 'compile')

/** Signs the sessions of servers that are given no other. */
const SESSION_SECRET = 'known-to-every-reader-of-this-repository'

/** Variables of a server in production, reached from this machine alone. */
export const PRODUCTION = { NODE_ENV: 'production', HOST: '127.0.0.1', CORS_ORIGIN: 'https://tasks.example' } as const

/** How a process ended. */
export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** From its start. */
  readonly tookMs: number
}

/** The server, as a process of its own. */
export interface ServerProcess {
  readonly process: ChildProcess
  /** What it wrote so far. */
  readonly stdout: string
  /** The same, of what went wrong. */
  readonly stderr: string
  /** Resolves with its end. */
  readonly ended: Promise<End>
  /** Resolves with where it listens, and rejects if it ends before. */
  readonly listening: Promise<string>
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<End>
}

const started = new Set<ServerProcess>()
afterAll(async () => {
  await Promise.all([...started].map(({ end }) => end('SIGKILL')))
})

/**
 * Starts the server. It is gone after the tests of the file, at the latest.
 *
 * @param variables All of its environment, but for the port: a free one, if none is named, and the secret of sessions.
 */
export function startServer(variables: Record<string, string>): ServerProcess {
  const startedAtMs = performance.now()
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: COMPILE_CACHE, PORT: '0', SESSION_SECRET, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const address = Promise.withResolvers<string>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const [url] = /http:\/\/[\w.:[\]]+/.exec(stdout) ?? []
    if (url !== undefined) address.resolve(url)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({
    code,
    signal,
    stdout,
    stderr,
    tookMs: performance.now() - startedAtMs,
  }))
  void ended.then((end) => address.reject(new Error(`The server ended: ${JSON.stringify(end)}`)))
  address.promise.catch(() => {})
  const server: ServerProcess = {
    process: child,
    get stdout() {
      return stdout
    },
    get stderr() {
      return stderr
    },
    ended,
    listening: address.promise,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
  started.add(server)
  return server
}
