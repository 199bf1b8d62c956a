import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Measured } from '@breakwater/core'
import * as resilience from '@breakwater/resilience'
import { expect, test } from 'vitest'

const name = 'docs'
const [readme, events] = ['README.md', 'src/lib/events.ts'].map((file) =>
  readFileSync(join(import.meta.dirname, '..', file), 'utf8'),
) as [string, string]

const circuit = { name, failureRatio: 0.5, slowCallRatio: 0.5, slowCallMs: 100 }
const breaker = resilience.createCircuitBreaker(circuit)
const measured: readonly Measured[] = [
  breaker,
  resilience.createCircuitBreakerRegistry(circuit),
  resilience.createRetry({ name }),
  resilience.createRetryBudget({ name }),
  resilience.createTimeout({ name, limitMs: 100 }),
  resilience.createBulkhead({ name, maxConcurrent: 1 }),
  resilience.createAdaptiveLimit({ name }),
  resilience.createFallback({ name, value: 0 }),
  resilience.pipeline(breaker),
]

test.each(measured)('README.md names every measure of $kind, and its labels', (object) => {
  expect(readme).toContain(`\`${object.kind}\``)
  for (const measurement of object.measure()) {
    const row = readme.split('\n').find((line) => line.includes(`\`${measurement.name}\``))
    for (const text of Object.entries(measurement.labels ?? {}).flat()) expect(row).toContain(`\`${text}\``)
    expect(row, measurement.name).toBeDefined()
  }
})

test('README.md names every event', () => {
  const types = [...events.matchAll(/'(\w[\w-]*:\w[\w-]*)'/g)].map(([, type]) => type)
  expect(types.length).toBeGreaterThan(9)
  for (const type of types.filter((type) => !type?.startsWith('breakwater:')))
    expect(readme).toContain(`| \`${type}\` |`)
})

test('README.md names every function and class of the package', () => {
  for (const word of Object.keys(resilience).filter((word) => /^[a-z]|Error$/.test(word)))
    expect(readme).toMatch(new RegExp(`\\b${word}\\b`))
})
