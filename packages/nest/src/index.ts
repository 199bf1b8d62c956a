/**
 * One Nest module that mounts hooks, endpoints and shutdown.
 *
 * @module
 */
export {
  type CacheCallOptions,
  Cached,
  type CachedDecorator,
  type CacheKey,
  type CachePort,
  type CacheValue,
} from './lib/cached.ts'
export { type ClosableApplication, closeOnShutdown } from './lib/close-on-shutdown.ts'
export { type Fits, InjectToken, type TokenDecorator } from './lib/inject-token.ts'
export { BreakwaterModule } from './lib/module.ts'
export type { BreakwaterAsyncOptions, BreakwaterOptions, ShutdownPort } from './lib/options.ts'
export { createToken, type Provided, provide, type Token } from './lib/token.ts'
export { type PolicyDecorator, WithPolicy } from './lib/with-policy.ts'
export type { AsyncMethod } from './lib/wrap-method.ts'
