// Bundled with a package's transport as `createTransport`, and run by every Node that the packages promise. Prints one
// line per failing case, and how many there were. Takes a pattern of `protocol: case` to leave out.

import { PROTOCOLS, transportConformance } from '@breakwater/testing/transport'
import { createTransport } from 'transport-under-test'

const [, , skip] = process.argv
const lines = []
let passed = 0
let failed = 0
for (const protocol of PROTOCOLS) {
  for (const { name, run } of transportConformance(createTransport(protocol))) {
    if (skip && new RegExp(skip).test(`${protocol}: ${name}`)) continue
    try {
      await run()
      passed++
    } catch (error) {
      failed++
      const why = String(error?.message ?? error)
        .replaceAll('\n', ' ')
        .slice(0, 400)
      lines.push(`${protocol}: ${name}: ${why}`)
    }
  }
}
lines.push(`${passed} passed, ${failed} failed`)
// A pipe takes it later: what exits at once cuts it.
process.stdout.write(`${lines.join('\n')}\n`, () => process.exit(failed > 0 ? 1 : 0))
