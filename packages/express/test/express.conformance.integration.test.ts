import { transportConformance } from '@breakwater/testing/transport'
import { describe, test } from 'vitest'
import { createExpressTransport } from './express-transport.ts'

const IS_SOAK = process.env.SOAK !== undefined
/** Only lines are counted then, and the rest reaches no others. */
const IS_COVERAGE = process.env.COVERAGE !== undefined
const ALL = /./
/** What frameworks do in ways of their own. The rest is the same code on the same server: in whole with `SOAK` set. */
const OWN = /^(routes|errors|gates?|endpoints|context|battery)/

for (const [version, protocol, wanted] of [
  [5, 'http', IS_COVERAGE ? OWN : ALL],
  [5, 'https', IS_SOAK ? ALL : undefined],
  [4, 'http', IS_COVERAGE ? undefined : IS_SOAK ? ALL : OWN],
  [4, 'https', IS_SOAK ? ALL : undefined],
] as const) {
  const cases = transportConformance(createExpressTransport(version, protocol)).filter(({ name }) => wanted?.test(name))
  if (cases.length > 0)
    describe(`toMiddleware() on Express ${version}, ${protocol}`, () => {
      for (const { name, run } of cases) test(name, run)
    })
}
