/**
 * A cache of two layers and an edge, with invalidation that reaches all of them.
 *
 * @module
 */
export { type Cache, type CacheNamespace, createCache, type KeyOf } from './lib/cache.ts'
export type { Codec, Encoded } from './lib/codec/codec.ts'
export { type Compressor, type CompressorOptions, createCompressor } from './lib/codec/compressor.ts'
export { createEncryptor, type EncryptionKey, type Encryptor, type EncryptorOptions } from './lib/codec/encryptor.ts'
export { isValueUnreadableError, type UnreadableStep, ValueUnreadableError } from './lib/codec/errors.ts'
export { jsonSerializer, NotSerialisableError, type Serializer } from './lib/codec/serializer.ts'
export { createStructuredSerializer } from './lib/codec/structured-serializer.ts'
export {
  CacheClosedError,
  isCacheClosedError,
  isLoadFailedElsewhereError,
  isLoadTimeoutError,
  LoadFailedElsewhereError,
  LoadTimeoutError,
  TierUnavailableError,
  type ToldError,
} from './lib/errors.ts'
export {
  CACHE_CHANNEL,
  type CacheEvent,
  type InvalidationEvent,
  LOAD_CHANNEL,
  type LoadFailed,
  type LogEvent,
  type TierEvent,
  type TierFailed,
  type TierRecovered,
  type ValueUnreadable,
} from './lib/events.ts'
export type { HitWindow } from './lib/hit-windows.ts'
export type { InspectedShared, InspectedValue, Inspection } from './lib/inspect.ts'
export type { BulkLoadContext, BulkLoader } from './lib/load/bulk-loads.ts'
export type { LoadContext, Loader, NotModified, PreviousValue } from './lib/load/load-context.ts'
export type { MemoryStore } from './lib/memory/store.ts'
export type { CacheOptions, EntryOptions, LoadOptions, TimeOptions } from './lib/options.ts'
export type {
  History,
  LeaseRequest,
  Mutation,
  Position,
  SharedFailure,
  SharedTier,
  TierConnection,
  TierListener,
  TierOptions,
  TierRead,
  TierRecord,
  Written,
} from './lib/shared/tier.ts'
export type { WarmUpFailure, WarmUpOptions, WarmUpReport } from './lib/warm-up.ts'
export type { WrapOptions } from './lib/wrap.ts'
export type { Applied, Invalidated } from './lib/writes.ts'
