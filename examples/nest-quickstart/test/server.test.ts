import { join } from 'node:path'
import { createQuickstart } from '@breakwater/testing/quickstart'
import { afterAll, beforeAll, test } from 'vitest'

const { start, cases, stop } = createQuickstart(join(import.meta.dirname, '..'))
beforeAll(start)
afterAll(stop)

test.for(cases.map(({ name, run }) => [name, run] as const))('it %s', ([, run]) => run())
