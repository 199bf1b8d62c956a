import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Verdict } from './checker.ts'
import { Crew, type OpenOptions } from './crew.ts'
import type { Connect } from './messages.ts'

/** How many times as long as usual. */
export const SOAK: number = Number(process.env.SOAK ?? 1)

const PROCESSES = 3

/** Gives a test file its processes, and ends them after its tests. */
export function useCrew(): Crew {
  const crew = new Crew()
  beforeAll(() => crew.start(PROCESSES))
  afterAll(() => crew.stop())
  return crew
}

/** A time without trouble. */
export function calm(ms = 500): Promise<void> {
  return sleep(ms)
}

/** What happens in a scenario, while processes work at random. */
export interface Scenario extends OpenOptions {
  /** How each process reaches Redis. */
  readonly connects: readonly Connect[]
  /**
   * What goes wrong, once.
   *
   * @param round Which time, from 0.
   */
  readonly round: (round: number) => Promise<unknown>
  /** @defaultValue `1` */
  readonly rounds?: number | undefined
}

/**
 * Lets processes work at random while something goes wrong, and judges what they did.
 *
 * @param crew The processes.
 * @param scenario What goes wrong.
 * @returns What was found, without a check of it.
 */
export async function run(crew: Crew, { connects, round, rounds = 1, ...options }: Scenario): Promise<Verdict> {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9))
  await crew.open(connects, options)
  await crew.work(seed)
  await calm()
  for (let done = 0; done < rounds * SOAK; done++) {
    await round(done)
    await calm()
  }
  const verdict = await crew.finish()
  report(seed, verdict)
  return verdict
}

/** The same, and fails if anything is wrong. */
export async function assertScenario(crew: Crew, scenario: Scenario): Promise<Verdict> {
  const verdict = await run(crew, scenario)
  assertVerdict(verdict)
  expect(verdict.reads).toBeGreaterThan(50)
  return verdict
}

/** Fails if anything is wrong, with what happened before. */
export function assertVerdict({ problems, excerpt }: Verdict): void {
  if (problems.length === 0) return
  throw new Error([`${problems.length} problems:`, ...problems.slice(0, 10), 'Before the first:', excerpt].join('\n'))
}

function report(seed: number, { problems, excerpt: _, ...numbers }: Verdict): void {
  const parts = Object.entries(numbers).map(([name, value]) => `${name} ${Math.round(value)}`)
  const { currentTestName } = expect.getState()
  process.stdout.write(`${currentTestName}: seed ${seed}, ${parts.join(', ')}, problems ${problems.length}\n`)
}
