import { describe, test } from 'vitest'
import { PLATFORMS } from './support/app.ts'
import { sheddingCases } from './support/shedding-cases.ts'

describe.each(PLATFORMS)('on %s', (platform) => {
  for (const { name, run } of sheddingCases(platform)) test(name, run)
})
