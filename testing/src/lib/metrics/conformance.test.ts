import { describe, expect, test } from 'vitest'
import { createReference } from '../transport/reference.ts'
import { metricsConformance } from './conformance.ts'
import { createMetricsReference, type MetricsFaults } from './reference.ts'

describe('the reference conforms:', () => {
  for (const { name, run } of metricsConformance(createReference(), () => createMetricsReference())) test(name, run)
})

const MUTANTS: readonly (readonly [string, MetricsFaults, string])[] = [
  ['counts only what was answered', { ignoresAborts: true }, 'metrics: 100 requests'],
  ['keeps the status of those who went', { keepsStatus: true }, 'metrics: 100 requests'],
  ['labels by path', { usesPaths: true }, 'metrics: 100 requests'],
  ['labels by any method', { usesMethods: true }, 'metrics: 300 random'],
  ['counts resets', { countsResets: true }, 'metrics: 100 requests'],
  ['counts a broken body twice', { countsResets: true }, 'metrics: a body that breaks'],
  ['does not see what is no request', { isBlind: true }, 'metrics: 100 requests'],
  ['counts at the head', { endsAtHead: true }, 'metrics: a duration lasts'],
]

describe('metricsConformance() notices what', () => {
  for (const [name, faults, noticedBy] of MUTANTS) {
    test(name, async () => {
      const cases = metricsConformance(createReference(), () => createMetricsReference(faults), { limitMs: 500 })
      const one = cases.find((each) => each.name.startsWith(noticedBy))
      await expect(one?.run()).rejects.toThrow()
    })
  }
})
