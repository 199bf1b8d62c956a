import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const FOLDER = join(import.meta.dirname, '..')
const MAIN = join(FOLDER, 'src', 'main.ts')
const PRELOADED = join(import.meta.dirname, 'end-with-parent.ts')
/** Of Node's: a restart compiles nothing. */
const COMPILE_CACHE = join(FOLDER, 'node_modules', '.cache', 'compile')
/** What Node takes by itself in a container that may have 512 MiB: on a large machine it would let much more garbage lie. */
const HEAP_LIMIT_MIB = 256
const READY_LIMIT_MS = 30_000
const PROBE_LIMIT_MS = 1_000
const PROBE_EVERY_MS = 15
/** The clock of one process against that of another. */
const SLACK_MS = 100
/** Over what the server gives itself. */
const STOP_LIMIT_MS = 20_000
const TAIL_CHARACTERS = 2_000

/** How a process ended. */
export interface InstanceEnd {
  /** Exit code, or the signal that ended it. */
  readonly how: number | NodeJS.Signals
  /** Milliseconds from the signal that it was sent, if it was. */
  readonly tookMs: number
}

/** One process of the server. */
export interface Instance {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number
  /** The same as a URL. */
  readonly url: string
  /** Its process. */
  readonly pid: number
  /** Milliseconds from its start until it was ready. */
  readonly readyInMs: number
  /** Resolves with its end, whatever ended it. */
  readonly ended: Promise<InstanceEnd>
  /** Sends SIGTERM and waits for the end. One that does not end in time is killed. */
  stop(): Promise<InstanceEnd>
}

/** Options of {@link startInstance}. */
export interface InstanceOptions {
  /** Where it is to listen, on 127.0.0.1. Another process may do so, too. */
  readonly port: number
  /** All of its environment but for the address. */
  readonly variables: Readonly<Record<string, string>>
  /** File that its output is added to. */
  readonly logFile: string
}

/**
 * Starts a process of the server.
 *
 * @param options Where, and what it is told.
 * @returns The process, which is ready.
 * @throws {Error} If it ends instead, or takes too long, with the end of what it wrote.
 */
export async function startInstance({ port, variables, logFile }: InstanceOptions): Promise<Instance> {
  const startedAtMs = performance.now()
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_LIMIT_MIB}`, '--import', PRELOADED, MAIN], {
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...variables,
      HOST: '127.0.0.1',
      PORT: String(port),
      REUSE_PORT: '1',
    },
    stdio: ['ignore', log, log],
    // A terminal's Ctrl-C is for whoever started it, who ends it in order.
    detached: true,
  })
  closeSync(log)
  let toldAtMs = Number.NaN
  const ended = once(child, 'exit').then(([code, signal]) => ({
    how: (code ?? signal) as InstanceEnd['how'],
    tookMs: performance.now() - toldAtMs,
  }))
  const state = { hasEnded: false }
  void ended.then(() => {
    state.hasEnded = true
  })

  async function stop(): Promise<InstanceEnd> {
    toldAtMs = performance.now()
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
    try {
      return await ended
    } finally {
      clearTimeout(timer)
    }
  }

  while (!(await isReady(port, startedAtMs))) {
    const problem = state.hasEnded
      ? `ended with ${(await ended).how}`
      : performance.now() - startedAtMs > READY_LIMIT_MS && `was not ready within ${READY_LIMIT_MS} ms`
    if (problem !== false) {
      if (!state.hasEnded) await stop()
      throw new Error(`Cannot start an instance on port ${port} as it ${problem}: ${tailOf(logFile)}`)
    }
    await sleep(PROBE_EVERY_MS)
  }
  const readyInMs = performance.now() - startedAtMs
  return { port, url: `http://127.0.0.1:${port}`, pid: child.pid as number, readyInMs, ended, stop }
}

/** Another process may listen there, too, which has been up for longer. */
async function isReady(port: number, startedAtMs: number): Promise<boolean> {
  const { status, body } = await probe(port)
  if (status !== 200) return false
  const { uptime = Number.POSITIVE_INFINITY } = JSON.parse(body) as { readonly uptime?: number }
  return uptime * 1_000 <= performance.now() - startedAtMs + SLACK_MS
}

/** On a connection of its own. */
function probe(port: number): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve) => {
    const options = { host: '127.0.0.1', port, path: '/health', agent: false, timeout: PROBE_LIMIT_MS }
    const request = get(options, async (response) => {
      const chunks = await response
        .setEncoding('utf8')
        .toArray()
        .catch(() => [])
      resolve({ status: response.statusCode ?? 0, body: chunks.join('') || '{}' })
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve({ status: 0, body: '{}' }))
  })
}

function tailOf(file: string): string {
  return readFileSync(file, 'utf8').slice(-TAIL_CHARACTERS).trim() || 'it wrote nothing'
}
