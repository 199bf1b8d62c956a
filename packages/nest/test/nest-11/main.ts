import { createMetrics } from '@breakwater/metrics'
import { metricsConformance } from '@breakwater/testing/metrics'
import { transportConformance } from '@breakwater/testing/transport'
import manifest from '@nestjs/core/package.json' with { type: 'json' }
import { createTransport, type Platform } from '../support/transport.ts'

// Drives Nest 11 on the platform that it is told, and says what did not hold. Exits with 1 then.

const transport = createTransport(process.argv[2] as Platform, 'http')
const cases = [
  // What does not depend on Nest's version is left to the suite on Nest 12.
  ...transportConformance(transport).filter(({ name }) =>
    /^(context|endpoints|errors|gate|order|routes|upgrades)/.test(name),
  ),
  ...metricsConformance(transport, () => createMetrics({ process: false })).filter(({ name }) =>
    name.includes('100 requests'),
  ),
]
let failed = 0
for (const { name, run } of cases) {
  try {
    await run()
  } catch (error) {
    failed++
    console.error(name, error)
  }
}
console.log(`${cases.length - failed} of ${cases.length} hold on Nest ${manifest.version}`)
process.exitCode = failed > 0 ? 1 : 0
