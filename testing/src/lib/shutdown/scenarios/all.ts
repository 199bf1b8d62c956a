import { CONNECTION_SCENARIOS } from './connection-scenarios.ts'
import { LOAD_SCENARIOS } from './load-scenarios.ts'
import { PROCESS_SCENARIOS } from './process-scenarios.ts'
import type { Scenario, ScenarioName } from './scenario.ts'
import { STREAM_SCENARIOS } from './stream-scenarios.ts'

/** All scenarios. */
export const SCENARIOS: readonly Scenario[] = [
  ...LOAD_SCENARIOS,
  ...CONNECTION_SCENARIOS,
  ...STREAM_SCENARIOS,
  ...PROCESS_SCENARIOS,
]

/**
 * Finds a scenario.
 *
 * @throws {RangeError} If there is none of that name.
 */
export function findScenario(name: ScenarioName): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name)
  if (found === undefined)
    throw new RangeError(
      `Expected \`scenario\` to be one of ${SCENARIOS.map((scenario) => scenario.name).join(', ')}, got "${name}"`,
    )
  return found
}
