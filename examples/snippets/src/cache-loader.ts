import assert from 'node:assert/strict'
import { createManualClock } from '@breakwater/core/testing'

const clock = createManualClock()
const asked: (string | undefined)[] = []
async function fetch(_url: string, { headers }: { headers: Record<string, string>; signal: AbortSignal }) {
  asked.push(headers['if-none-match'])
  const isKnown = headers['if-none-match'] === '"1"'
  return {
    status: isKnown ? 304 : 200,
    headers: new Map([
      ['etag', '"1"'],
      ['max-age', '30'],
    ]),
    json: async () => ({ name: 'Rope', supplier: 's1' }),
  }
}

// #region
import { createCache } from '@breakwater/cache'

interface Product {
  readonly name: string
  readonly supplier: string
  readonly etag: string
}

const cache = createCache<{ [key: `product:${string}`]: Product }>({ name: 'products', graceMs: 3_600_000, clock })

function findProduct(id: string): Promise<Product> {
  return cache.getOrSet(`product:${id}`, async ({ signal, previous, tag, ttl, notModified }) => {
    const headers: Record<string, string> = previous === undefined ? {} : { 'if-none-match': previous.value.etag }
    const response = await fetch(`https://products.example/${id}`, { headers, signal })
    ttl(Number(response.headers.get('max-age')) * 1_000) // its source knows best
    if (response.status === 304) return notModified() // the value that expired is fresh again, with its tags
    const product = (await response.json()) as Omit<Product, 'etag'>
    tag(`supplier:${product.supplier}`) // known only now
    return { ...product, etag: response.headers.get('etag') ?? '' }
  })
}
// #endregion

const first = await findProduct('1')
clock.advance(30_000)
assert.equal(await findProduct('1'), first)
clock.advance(29_999)
await findProduct('1')
await cache.invalidateTags(['supplier:s1'])
await findProduct('1')
assert.deepEqual(asked, [undefined, '"1"', undefined])
await cache.close()
