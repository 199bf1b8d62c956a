import { createShutdown, type Shutdown } from '@breakwater/shutdown'
import { shutdownConformance } from '@breakwater/testing/shutdown'
import { PROTOCOLS } from '@breakwater/testing/transport'
import { describe, test } from 'vitest'
import { createExpressTransport } from './express-transport.ts'
import { createTransport } from './transport.ts'

function createQuick(): Shutdown {
  return createShutdown({ signals: [], handleCrashes: false, exit: false, lingerMs: 100, drainDelayMs: 0 })
}

for (const [name, transport] of [
  ...PROTOCOLS.map((protocol) => [`toListener() on ${protocol}`, createTransport(protocol)] as const),
  ['toMiddleware() on Express 5', createExpressTransport(5, 'http')] as const,
  ['toMiddleware() on Express 4', createExpressTransport(4, 'http')] as const,
])
  describe(name, () => {
    for (const { name, run } of shutdownConformance(transport, createQuick)) test(name, run)
  })
