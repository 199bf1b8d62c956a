import assert from 'node:assert/strict'

const loadSettings = async (tenant: string) => ({ tenant, currency: 'EUR' })

// #region
import { createCache } from '@breakwater/cache'

const cache = createCache({ name: 'shop' })

interface TenantEntries {
  readonly settings: { readonly currency: string }
  readonly [key: `cart:${string}`]: { readonly items: readonly string[] }
}

const tenant = cache.namespace<TenantEntries>('acme')
const { currency } = await tenant.getOrSet('settings', () => loadSettings('acme')) // the cache's `acme:settings`

await tenant.clear() // nobody else's
// #endregion

assert.equal(currency, 'EUR')
assert.equal(tenant.peek('settings'), undefined)
await tenant.set('cart:1', { items: ['rope'] })
assert.deepEqual(await cache.get('acme:cart:1'), { items: ['rope'] })
await cache.close()
