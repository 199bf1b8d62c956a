import type { Cache } from '@breakwater/cache'
import type { Policy } from '@breakwater/core'
import type { Logger } from '@breakwater/logger'
import type { Metrics } from '@breakwater/metrics'
import { createToken } from '@breakwater/nest'
import type { Shutdown } from '@breakwater/shutdown'
import type { Tracing } from '@breakwater/tracing'
import type { Product } from './catalog.ts'

// What can be injected, each with its type: `@InjectToken(LOGGER) private readonly logger: Logger`.
export const CATALOG = createToken<Policy>('what protects calls of the catalog')
export const LOGGER = createToken<Logger>('the logger')
export const METRICS = createToken<Metrics>('the metrics')
export const PRODUCTS = createToken<Cache<Record<string, Product | null>>>('the cache of products')
export const SHUTDOWN = createToken<Shutdown>('the shutdown')
export const TRACING = createToken<Tracing>('the tracing')
