import { type ChildProcess, spawn } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'

/** How a command ended. */
export interface Outcome {
  /** Whether it ended by itself with exit code 0. */
  readonly ok: boolean
  readonly stdout: string
  /** Both streams, or why there are none. Never empty where the command failed. */
  readonly output: string
}

/** How a command is run. */
export interface RunOptions {
  readonly cwd?: string | undefined
  /** On top of this process's own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** @defaultValue two minutes */
  readonly timeoutMs?: number | undefined
}

/** More output than this is not read by anybody. */
const MOST_OUTPUT = 16 * 2 ** 20

const running = new Set<ChildProcess>()
process.once('exit', () => running.forEach(kill))

/**
 * Runs a command without a shell, to its end. Never rejects: a command that is missing, fails or hangs is an outcome.
 * What it started in turn goes with it, if it hangs or this process exits.
 *
 * @param command A file or a name on the PATH.
 * @param args Its arguments.
 * @param options Where and how long.
 */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env, timeoutMs = 120_000 }: RunOptions = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const text = { stdout: '', both: '' }
    const child = spawn(command, args, {
      cwd,
      env: { ...cleanEnv(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: HAS_GROUPS,
    })
    running.add(child)
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text.stdout = (text.stdout + chunk).slice(0, MOST_OUTPUT)
      text.both = (text.both + chunk).slice(0, MOST_OUTPUT)
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text.both = (text.both + chunk).slice(0, MOST_OUTPUT)
    })
    const timer = setTimeout(() => {
      kill(child)
      end(false, `${command} did not end within ${timeoutMs / 1000} s\n${text.both}`)
    }, timeoutMs)
    child.once('error', (error) => end(false, error.message))
    child.once('close', (code, signal) => {
      const output = code === 0 ? text.both : text.both.trim() || `${command} ended with ${signal ?? code}`
      end(code === 0, output)
    })

    function end(ok: boolean, output: string): void {
      clearTimeout(timer)
      running.delete(child)
      resolve({ ok, stdout: text.stdout, output: output.trim() })
    }
  })
}

/** Windows has no process groups. */
const HAS_GROUPS = process.platform !== 'win32'

/** Ends a command and what it started. */
function kill(child: ChildProcess): void {
  try {
    if (HAS_GROUPS && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    else child.kill('SIGKILL')
  } catch {
    // Gone already.
  }
}

/**
 * Runs one of the workspace's own tools.
 *
 * @param root The workspace's folder.
 * @param name A name in `node_modules/.bin`.
 * @param args Its arguments.
 * @param options Where (by default in the workspace) and how long.
 */
export function runTool(root: string, name: string, args: readonly string[], options?: RunOptions): Promise<Outcome> {
  return run(join(root, 'node_modules', '.bin', name), args, { cwd: root, ...options })
}

/** Without colours, and without what a test runner or npm tell their own children. */
function cleanEnv(): Record<string, string | undefined> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|VITEST|COVERAGE|FORCE_COLOR$|NODE_ENV$|NODE_OPTIONS$|TEST$|NODE_V8_COVERAGE$)/i.test(name),
  )
  // The tools' first lines say `node`: they get the one that runs this.
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  return { ...Object.fromEntries(own), PATH: path, NO_COLOR: '1' }
}

/**
 * Maps a list with a few at a time.
 *
 * @param items The list.
 * @param atOnce How many are under way at most.
 * @param map What is done with each.
 */
export async function mapSome<item, result>(
  items: readonly item[],
  atOnce: number,
  map: (item: item) => Promise<result>,
): Promise<result[]> {
  const results: result[] = []
  const waiting = items.entries()
  async function work(): Promise<void> {
    for (const [index, item] of waiting) results[index] = await map(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return results
}
