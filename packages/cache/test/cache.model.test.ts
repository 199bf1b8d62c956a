import { createCache } from '@breakwater/cache'
import { test } from 'vitest'
import { checkCache } from './cache-model.ts'

/** Runs for a quick look in `npm test`, and for long in a soak. */
const RUNS = 1_000 * Number(process.env.SOAK ?? 1)

test('createCache() serves nothing that was invalidated before the read began', () => checkCache(createCache, RUNS))
