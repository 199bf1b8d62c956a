import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Of Node's: what has no build takes its time to start. */
const COMPILE_CACHE = 'node_modules/.cache/compile'
/** What does not listen by then hangs. */
const START_LIMIT_MS = 30_000
/** What is not built by then hangs. */
const BUILD_LIMIT_MS = 60_000

/** What is read of a quickstart's package.json. */
export interface QuickstartManifest {
  /** Its scripts. */
  readonly scripts: { readonly start: string; readonly prestart?: string }
  /** What it needs when it runs. */
  readonly dependencies?: Readonly<Record<string, string>>
}

/** A quickstart that runs, as a process of its own. */
export interface Started {
  /** Where it listens. Rejects if it ends before. */
  readonly url: Promise<string>
  /** What it logged so far. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  /** Sends a signal, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<End>
}

/** How a process ended. */
export interface End {
  readonly code: number | null
  readonly stderr: string
}

/**
 * Reads a quickstart's package.json.
 *
 * @param folder Where it is.
 */
export function readQuickstart(folder: string): QuickstartManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as QuickstartManifest
}

/**
 * Does what `npm start` does before it starts: builds a quickstart that has to be built.
 *
 * @param folder Where its package.json is.
 */
export async function buildQuickstart(folder: string): Promise<void> {
  if (readQuickstart(folder).scripts.prestart === undefined) return
  const env = { PATH: [dirname(process.execPath), process.env.PATH].join(delimiter) }
  const build = promisify(execFile)(process.execPath, ['--run', 'prestart'], {
    cwd: folder,
    env,
    timeout: BUILD_LIMIT_MS,
  })
  await build.catch(({ message, stdout }) => {
    throw new Error(`It cannot be built: ${message}\n${stdout}`)
  })
}

/**
 * Starts a quickstart as its `npm start` does, on this Node.
 *
 * @param folder Where its package.json is.
 * @param variables Its environment, but for the port: a free one.
 */
export function startQuickstart(folder: string, variables: Readonly<Record<string, string>>): Started {
  const { scripts } = readQuickstart(folder)
  const [command, ...args] = scripts.start.split(' ')
  // Without npm and its shell between, a signal is for the process itself.
  if (command !== 'node') throw new Error(`Expected the script "start" in ${folder} to run node, got ${scripts.start}`)
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(folder, COMPILE_CACHE), PORT: '0', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const url = Promise.withResolvers<string>()
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout) ?? []
    if (found !== undefined) url.resolve(found)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, stderr }))
  void ended.then(({ code }) => url.reject(new Error(`It ended with ${code} before it listened:\n${stdout}${stderr}`)))
  const timer = setTimeout(() => child.kill('SIGKILL'), START_LIMIT_MS)
  url.promise.then(
    () => clearTimeout(timer),
    () => clearTimeout(timer),
  )
  return {
    url: url.promise,
    get lines() {
      return stdout
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    },
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}
