import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { type Program, provideProgram } from './program.ts'
import type { Environment, Skipped } from './service.ts'

const LIMIT_MS = 20_000

/** What has to be there: both are of one package. */
export const PROMETHEUS_PROGRAM: Program = {
  files: ['prometheus', 'promtool'],
  debianPackage: 'prometheus',
  systemServices: ['prometheus'],
}

/** Prometheus' own checks. */
export interface Promtool {
  /** Where it came from: `PATH` or `apt`. */
  readonly from: string
  /**
   * Lints what a scrape gets, in the text format.
   *
   * @param text The whole body.
   * @returns What it has to say; nothing if all is well.
   */
  checkMetrics(text: string): Promise<string>
  /**
   * Checks files of rules, lints included.
   *
   * @param files Their paths.
   * @returns What it has to say; nothing if all is well.
   */
  checkRules(...files: readonly string[]): Promise<string>
  /**
   * Runs files of unit tests of rules.
   *
   * @param files Their paths.
   * @returns What it has to say; nothing if all is well.
   */
  testRules(...files: readonly string[]): Promise<string>
  /** Nothing, as nothing runs. */
  stop(): Promise<void>
}

/** Options of {@link startPromtool}. */
export interface PromtoolOptions {
  /** @defaultValue `process.env` */
  readonly env?: Environment | undefined
}

/**
 * Finds promtool.
 *
 * @param options Where to look.
 * @returns What runs it, or why there is none.
 */
export async function startPromtool({ env = process.env }: PromtoolOptions = {}): Promise<Promtool | Skipped> {
  const found = await provideProgram(PROMETHEUS_PROGRAM, env)
  if ('skip' in found) return found
  const promtool = (args: readonly string[], input = ''): Promise<string> =>
    runPromtool(join(found.folder, 'promtool'), args, input)
  return {
    from: found.from,
    checkMetrics: (text) => promtool(['check', 'metrics'], text),
    checkRules: (...files) => promtool(['check', 'rules', '--lint=all', '--lint-fatal', ...files]),
    testRules: (...files) => promtool(['test', 'rules', ...files]),
    stop: async () => {},
  }
}

/**
 * Runs promtool to its end.
 *
 * @param file Its path.
 * @param args Its arguments.
 * @param input What it reads.
 * @returns What it said if it failed, else nothing.
 */
export function runPromtool(file: string, args: readonly string[], input = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(file, args, { timeout: LIMIT_MS, killSignal: 'SIGKILL', stdio: 'pipe' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  child.once('error', reject)
  child.once('close', (code, by) => {
    if (by !== null) reject(new Error(`promtool ${args.join(' ')} was ended by ${by}, limit ${LIMIT_MS} ms: ${output}`))
    else resolve(code === 0 ? '' : output.trim() || `promtool ended with ${code}`)
  })
  // One that fails early does not read on.
  child.stdin.once('error', () => {})
  child.stdin.end(input)
  return promise
}
