import { PROTOCOLS, transportConformance } from '@breakwater/testing/transport'
import { describe, test } from 'vitest'
import { createTransport } from './transport.ts'

// The battery has as many seeds as process.env.SOAK says.
for (const protocol of PROTOCOLS) {
  describe(`toPlugin() on ${protocol}`, () => {
    for (const { name, run } of transportConformance(createTransport(protocol))) test(name, run)
  })
}
