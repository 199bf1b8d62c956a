import { Cached, InjectToken, WithPolicy } from '@breakwater/nest'
import type { Tracing } from '@breakwater/tracing'
import { BadGatewayException, Injectable } from '@nestjs/common'
import type { Product } from './catalog.ts'
import { Settings } from './settings.ts'
import { CATALOG, PRODUCTS, TRACING } from './tokens.ts'

/** Longer than the policy waits: it ends what nobody awaits any more. */
const LIMIT_MS = 3_000

@Injectable()
export class ProductsService {
  constructor(
    private readonly settings: Settings,
    @InjectToken(TRACING) private readonly tracing: Tracing,
  ) {}

  /** Asks the catalog for what is not in the cache, and not at all while its circuit is open. */
  @Cached(PRODUCTS, (id: string) => id)
  @WithPolicy(CATALOG)
  async find(id: string): Promise<Product | null> {
    const response = await fetch(`${this.settings.catalogUrl}/products/${encodeURIComponent(id)}`, {
      signal: AbortSignal.timeout(LIMIT_MS),
      headers: this.tracing.inject(),
    })
    if (response.ok) return (await response.json()) as Product
    if (response.status === 404) return null
    throw new BadGatewayException(`The catalog answered ${response.status}`)
  }
}
