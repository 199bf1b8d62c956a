import assert from 'node:assert/strict'

const query = async (_text: string, _options: { signal: AbortSignal }): Promise<string> => 'rows'

// #region
import { createAdaptiveLimit, createTimeout, isLimitReachedError, pipeline } from '@breakwater/resilience'

const limit = createAdaptiveLimit({ name: 'search' })
const search = pipeline(limit, createTimeout({ name: 'search', limitMs: 5_000 })) // so that no place is kept for ever

async function find(text: string): Promise<string | undefined> {
  try {
    return await search.execute(({ signal }) => query(text, { signal }))
  } catch (error) {
    if (isLimitReachedError(error)) return undefined // busy: answer without the search
    throw error
  }
}
// #endregion

assert.equal(await find('tide'), 'rows')
assert.equal(limit.limit, 20)
