import assert from 'node:assert/strict'
import { tracingChannel } from 'node:diagnostics_channel'
// #region
import { createOperation } from '@breakwater/core'

const load = createOperation<{ readonly key: string }>('example:cache:load', 'tasks')

export async function read(key: string): Promise<string> {
  return await load.trace({ key }, async () => `the value of ${key}`)
}
// #endregion

const loaded: unknown[] = []
tracingChannel('example:cache:load').subscribe({
  start: () => {},
  end: () => {},
  asyncStart: () => {},
  asyncEnd: (message) => loaded.push(message),
  error: () => {},
})
assert.equal(await read('a'), 'the value of a')
assert.deepEqual(loaded, [{ source: 'tasks', key: 'a', result: 'the value of a' }])
