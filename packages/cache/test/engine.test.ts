import { createCache } from '@breakwater/cache'
import { describe, test } from 'vitest'
import { casesAlone } from './engine-cases-alone.ts'
import { casesOfLeases } from './engine-cases-leases.ts'
import { casesOfOrder } from './engine-cases-order.ts'
import { casesOfOutage } from './engine-cases-outage.ts'
import { casesOfQueue } from './engine-cases-queue.ts'
import { casesOfSets } from './engine-cases-set.ts'
import { casesShared } from './engine-cases-shared.ts'

describe('createCache() alone', () => {
  test.for(casesAlone)('$name', ({ run }) => run(createCache))
})

describe('createCache() with a shared tier', () => {
  test.for([...casesShared, ...casesOfLeases, ...casesOfOrder, ...casesOfOutage, ...casesOfQueue, ...casesOfSets])(
    '$name',
    ({ run }) => run(createCache),
  )
})
