import type { Clock, Policy } from '@breakwater/core'
import { createBulkhead, createTimeout, pipeline } from '@breakwater/resilience'

function createMyPolicy({ clock }: { readonly clock: Clock }): Policy {
  const name = 'mine'
  return pipeline(createBulkhead({ name, maxConcurrent: 2, clock }), createTimeout({ name, limitMs: 1_000, clock }))
}

// #region
import { test } from 'node:test'
import { policyConformance } from '@breakwater/resilience/testing'

for (const { name, run } of policyConformance({ create: (clock) => createMyPolicy({ clock }) })) test(name, run)
// #endregion
