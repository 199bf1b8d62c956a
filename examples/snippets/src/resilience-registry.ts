import assert from 'node:assert/strict'

const post = async (_url: URL, _options: { signal: AbortSignal }): Promise<number> => 204

// #region
import { createCircuitBreakerRegistry } from '@breakwater/resilience'

const hosts = createCircuitBreakerRegistry({ name: 'webhooks', failureThreshold: 3, maxEntries: 5_000 })

async function deliver(url: URL): Promise<number> {
  // Ask for it anew each time: one that is closed may have made room for another.
  return await hosts.get(url.host).execute(({ signal }) => post(url, { signal }))
}
// #endregion

assert.equal(await deliver(new URL('https://a.example/hook')), 204)
assert.equal(await deliver(new URL('https://b.example/hook')), 204)
assert.deepEqual(
  [...hosts.entries()].map(([host]) => host),
  ['a.example', 'b.example'],
)
