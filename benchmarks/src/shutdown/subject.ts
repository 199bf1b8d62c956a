import { bundleSubject, type RunReport, runShutdown, SCENARIOS } from '@breakwater/testing/shutdown'
import type { Cell } from './cell.ts'

/** Milliseconds that the harness waits longer than a subject's own limit. */
const PATIENCE_MS = 500
const SAMPLE_LIMIT_MS = 1_000

/** What is told of a subject. */
export interface ShutdownSubjectOptions {
  /** Its name in the tables. */
  readonly name: string
  /** Its script, see `@breakwater/testing/subject`. How long it may take to end it reads from `SUBJECT_LIMIT_MS`. */
  readonly script: string
  /** Milliseconds for which it keeps idle connections. */
  readonly lingerMs: number
}

/** Something that is told to stop. */
export interface ShutdownSubject {
  /** As in the options. */
  readonly name: string
  /** As in the options. */
  readonly lingerMs: number
  /**
   * Starts it, and stops it.
   *
   * @param cell What happens then.
   * @param seed What times and sizes are drawn from.
   * @param limitMs Milliseconds from the signal, or the end of a delay, in which it has to end by its own means. It is killed
   *   a moment after that.
   * @throws {Error} If the run says nothing.
   */
  run(cell: Cell, seed: number, limitMs: number): Promise<RunReport>
  /** The shortest run there is: it listens, gets a signal, and ends. There is only one, whoever asks. */
  sample(): Promise<RunReport>
}

/**
 * Makes a subject.
 *
 * @param options What it is.
 */
export function createShutdownSubject({ name, script, lingerMs }: ShutdownSubjectOptions): ShutdownSubject {
  let bundle: Promise<string> | undefined
  let sample: Promise<RunReport> | undefined
  return { name, lingerMs, run, sample: () => (sample ??= run({ scenario: 'start-ready' }, 1, SAMPLE_LIMIT_MS)) }

  async function run({ scenario, roundTripMs }: Cell, seed: number, limitMs: number): Promise<RunReport> {
    bundle ??= bundleSubject(script)
    const subject = { name, script: await bundle, env: { SUBJECT_LIMIT_MS: String(limitMs) } }
    const delayMs = Number(SCENARIOS.find((each) => each.name === scenario)?.env?.SUBJECT_DELAY_MS ?? 0)
    const report = await runShutdown(subject, scenario, { seed, roundTripMs, limitMs: delayMs + limitMs + PATIENCE_MS })
    if (report.unusable === undefined) return report
    throw new Error(`Cannot count what "${name}" does in "${scenario}" with seed ${seed}: ${report.unusable}`)
  }
}
