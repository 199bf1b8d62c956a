import { createMetrics } from '@breakwater/metrics'
import { createShutdown } from '@breakwater/shutdown'
import { metricsConformance } from '@breakwater/testing/metrics'
import { shutdownConformance } from '@breakwater/testing/shutdown'
import { type Protocol, transportConformance } from '@breakwater/testing/transport'
import { describe, test } from 'vitest'
import { createTransport, type Platform } from './support/transport.ts'

const IS_SOAK = process.env.SOAK !== undefined
const ALL = /./
/** Of TLS and HTTP/2, which are the platforms' own and driven by their suites, that they are mounted. In whole with `SOAK` set. */
const OWN = IS_SOAK ? ALL : /^(http2|order)/

// The battery has as many seeds as process.env.SOAK says.
const TRANSPORTS: readonly (readonly [Platform, Protocol, RegExp])[] = [
  ['express', 'http', ALL],
  ['express', 'https', OWN],
  ['fastify', 'http', ALL],
  ['fastify', 'https', OWN],
  ['fastify', 'h2c', IS_SOAK ? ALL : /^(battery|errors|http2|order|routes)/],
  ['fastify', 'h2', OWN],
]

for (const [platform, protocol, wanted] of TRANSPORTS) {
  describe(`BreakwaterModule on ${platform} and ${protocol}`, () => {
    const transport = createTransport(platform, protocol)
    const cases = [
      ...transportConformance(transport).filter(({ name }) => wanted.test(name)),
      ...(protocol === 'http' ? metricsConformance(transport, () => createMetrics({ process: false })) : []),
      ...shutdownConformance(transport, () =>
        createShutdown({ signals: [], handleCrashes: false, exit: false, lingerMs: 100, drainDelayMs: 0 }),
      ),
    ]
    for (const { name, run } of cases) test(name, run)
  })
}
