import { createMetrics } from '@breakwater/metrics'
import { metricsConformance } from '@breakwater/testing/metrics'
import { type Protocol, transportConformance } from '@breakwater/testing/transport'
import { describe, test } from 'vitest'
import { createTransport, type Platform } from './support/transport.ts'

// Nest passes protocols on to its platforms, whose own suites drive all of them. The battery has as many seeds as process.env.SOAK says.
const TRANSPORTS: readonly (readonly [Platform, Protocol])[] = [
  ['express', 'http'],
  ['fastify', 'http'],
  ['fastify', 'h2c'],
]

for (const [platform, protocol] of TRANSPORTS) {
  describe(`BreakwaterModule on ${platform} and ${protocol}`, () => {
    const transport = createTransport(platform, protocol)
    const cases = transportConformance(transport)
    // Of HTTP/2, what is not the platform's own.
    if (protocol !== 'http') {
      for (const { name, run } of cases) if (/^(battery|errors|http2|order|routes)/.test(name)) test(name, run)
      return
    }
    for (const { name, run } of cases) test(name, run)
    for (const { name, run } of metricsConformance(transport, () => createMetrics({ process: false }))) test(name, run)
  })
}
