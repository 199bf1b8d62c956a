import { describe, expect, test } from 'vitest'
import { transportConformance } from './conformance.ts'
import { MUTANTS } from './mutants.ts'
import { createReference } from './reference.ts'

describe('the reference conforms:', () => {
  for (const { name, run } of transportConformance(createReference())) test(name, run)
})

describe('transportConformance() notices an adapter that', () => {
  for (const { name, faults, noticedBy } of MUTANTS) {
    test(name, async () => {
      const cases = transportConformance(createReference(faults), { limitMs: 300 })
      const unnoticed: string[] = []
      for (const beginning of noticedBy) {
        const one = cases.find((each) => each.name.startsWith(beginning))
        if (one === undefined) throw new Error(`No case begins with "${beginning}"`)
        const hasFailed = await one.run().then(
          () => false,
          () => true,
        )
        if (!hasFailed) unnoticed.push(one.name)
      }
      expect(unnoticed).toEqual([])
    })
  }
})
