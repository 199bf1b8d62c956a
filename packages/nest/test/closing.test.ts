import { describe, test } from 'vitest'
import { PLATFORMS } from './support/app.ts'
import { closingCases } from './support/closing-cases.ts'

describe.each(PLATFORMS)('on %s', (platform) => {
  for (const { name, run } of closingCases(platform)) test(name, run)
})
