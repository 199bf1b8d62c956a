import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { ScenarioName } from '../scenarios/scenario.ts'
import type { Subject } from './child.ts'
import type { RunOptions } from './play.ts'
import type { RunReport } from './report.ts'
import type { RunAnswer, RunRequest } from './run-process.ts'

/** Longer than all limits that a run has of its own. */
const OWN_LIMIT_MS = 120_000

/**
 * Starts a subject, has a scenario happen to it, and counts every request. The clients live in a process of their own,
 * which this one cannot delay, and which sends the signal.
 *
 * @param subject What is run.
 * @param scenario What happens to it.
 * @param options How.
 * @returns What was seen. A subject that does badly is a result, as one that does not end; one that does not start has
 *   `unusable` set.
 * @throws {Error} If the harness itself failed.
 */
export async function runShutdown(
  subject: Subject,
  scenario: ScenarioName,
  options: RunOptions = {},
): Promise<RunReport> {
  const child = fork(join(import.meta.dirname, 'run-process.ts'), {
    execArgv: [], // a test runner's own would change what it loads
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: join(import.meta.dirname, '../../../../node_modules/.cache/harness'),
    },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const answered = Promise.withResolvers<RunAnswer>()
  child.once('message', (answer) => answered.resolve(answer as RunAnswer))
  child.once('error', answered.reject)
  child.once('exit', (code, signal) => {
    answered.reject(new Error(`The harness of "${subject.name}" ended with ${signal ?? code}: ${stderr.trim()}`))
  })
  const limitMs = OWN_LIMIT_MS + (options.limitMs ?? 0)
  const timer = setTimeout(() => {
    child.kill('SIGTERM')
    answered.reject(new Error(`The harness of "${subject.name}" did not end within ${limitMs} ms`))
  }, limitMs)
  child.send({ subject, scenario, options } satisfies RunRequest)
  const answer = await answered.promise.finally(() => clearTimeout(timer))
  if ('error' in answer) throw new Error(answer.error)
  return answer.report
}
