import { test } from 'vitest'
import { openDestination } from '../../src/lib/destination/destination.ts'
import { checkModel } from './support/model.ts'

const SOAK = Number(process.env.SOAK ?? 1)

test(
  'whatever happens, each line is once in the files, on stderr or counted as dropped, whole and in order',
  async () => {
    await checkModel(openDestination, { numRuns: 300 * SOAK, shrinks: true })
  },
  60_000 * SOAK,
)
