import type { ScenarioName } from '../scenarios/scenario.ts'
import type { Subject } from './child.ts'
import { playScenario, type RunOptions } from './play.ts'
import type { RunReport } from './report.ts'

// A run, in a process of its own: see `runShutdown()`.

/** What it is told. */
export interface RunRequest {
  readonly subject: Subject
  readonly scenario: ScenarioName
  readonly options: RunOptions
}

/** What it tells. */
export type RunAnswer = { readonly report: RunReport } | { readonly error: string }

// Whoever wanted to know is gone; the subject goes with this process.
for (const event of ['disconnect', 'SIGINT', 'SIGTERM']) process.once(event, () => process.exit(1))
process.once('message', async ({ subject, scenario, options }: RunRequest) => {
  let answer: RunAnswer
  try {
    answer = { report: await playScenario(subject, scenario, options) }
  } catch (error) {
    answer = { error: (error as Error).message }
  }
  process.send?.(answer, () => process.exit(0))
})
