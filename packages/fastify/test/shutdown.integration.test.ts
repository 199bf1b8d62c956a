import { createShutdown, type Shutdown } from '@breakwater/shutdown'
import { shutdownConformance } from '@breakwater/testing/shutdown'
import { PROTOCOLS } from '@breakwater/testing/transport'
import { describe, test } from 'vitest'
import { createTransport } from './transport.ts'

function createQuick(): Shutdown {
  return createShutdown({ signals: [], handleCrashes: false, exit: false, lingerMs: 100, drainDelayMs: 0 })
}

for (const protocol of PROTOCOLS) {
  describe(`toPlugin() on ${protocol}`, () => {
    for (const { name, run } of shutdownConformance(createTransport(protocol), createQuick)) test(name, run)
  })
}
