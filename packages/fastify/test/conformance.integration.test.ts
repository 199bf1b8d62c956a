import { PROTOCOLS, transportConformance } from '@breakwater/testing/transport'
import { describe, test } from 'vitest'
import { createTransport } from './transport.ts'

for (const protocol of PROTOCOLS) {
  describe(`toPlugin() on ${protocol}`, () => {
    for (const { name, run } of transportConformance(createTransport(protocol))) test(name, run)
  })
}
