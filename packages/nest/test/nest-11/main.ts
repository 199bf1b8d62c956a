import { createMetrics } from '@breakwater/metrics'
import { metricsConformance } from '@breakwater/testing/metrics'
import { transportConformance } from '@breakwater/testing/transport'
import manifest from '@nestjs/core/package.json' with { type: 'json' }
import { closingCases } from '../support/closing-cases.ts'
import { gatewayCases } from '../support/gateway-cases.ts'
import { sheddingCases } from '../support/shedding-cases.ts'
import { createTransport, type Platform } from '../support/transport.ts'

// Drives Nest 11 on the platform that it is told, and says what did not hold. Exits with 1 then.

const IS_SOAK = process.env.SOAK !== undefined
const platform = process.argv[2] as Platform
const transport = createTransport(platform, 'http')
const cases = [
  // What does not depend on Nest's version is left to the suite on Nest 12.
  ...transportConformance(transport).filter(
    ({ name }) => IS_SOAK || /^(context|endpoints|errors|gate|order|routes|upgrades)/.test(name),
  ),
  ...metricsConformance(transport, () => createMetrics({ process: false })).filter(
    ({ name }) => IS_SOAK || name.includes('100 requests'),
  ),
  ...closingCases(platform),
  ...gatewayCases(platform),
  ...sheddingCases(platform),
]
// A signal that is on its way keeps no process alive.
const alive = setInterval(() => {}, 1_000)
let failed = 0
for (const { name, run } of cases) {
  try {
    await run()
  } catch (error) {
    failed++
    console.error(name, error)
  }
}
clearInterval(alive)
console.log(`${cases.length - failed} of ${cases.length} hold on Nest ${manifest.version}`)
process.exitCode = failed > 0 ? 1 : 0
