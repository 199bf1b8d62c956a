// What @breakwater/cache offers, written by `pnpm check api --update`. A difference here decides the next version.

declare module '@breakwater/cache' {
  import type { Clock, Measured, Observable, OperationalError, Policy } from '@breakwater/core'
  import type { KeyObject } from 'node:crypto'

  export type Applied = 'applied' | 'queued'
  export interface BulkLoadContext {
    readonly signal: AbortSignal
    tag(...tags: string[]): void
    ttl(ttlMs: number): void
  }
  export type BulkLoader<value, key extends string = string> = (keys: readonly key[], context: BulkLoadContext) => ReadonlyMap<string, value> | PromiseLike<ReadonlyMap<string, value>>
  export const CACHE_CHANNEL = "breakwater:cache"
  export interface Cache<schema extends object = Record<string, unknown>> extends CacheNamespace<schema>, Measured, Observable<CacheEvent> {
    readonly kind: string
    hitWindow(windowMs: number): HitWindow
    close(): Promise<void>
    [Symbol.asyncDispose](): Promise<void>
  }
  export class CacheClosedError extends OperationalError {
    readonly name: 'CacheClosedError'
    readonly code: 'ERR_CACHE_CLOSED'
    constructor(cache: string)
  }
  export type CacheEvent = LoadFailed | TierEvent | LogEvent | InvalidationEvent | ValueUnreadable
  export interface CacheNamespace<schema extends object = Record<string, unknown>> {
    getOrSet<key extends KeyOf<schema>, value extends schema[key]>(key: key, loader: Loader<value, schema[key]>, options?: LoadOptions): Promise<value>
    get<key extends KeyOf<schema>>(key: key): Promise<schema[key] | undefined>
    peek<key extends KeyOf<schema>>(key: key): schema[key] | undefined
    has(key: KeyOf<schema>): Promise<boolean>
    getMany<key extends KeyOf<schema>>(keys: readonly key[]): Promise<Map<key, schema[key]>>
    getOrSetMany<key extends KeyOf<schema>, value extends schema[key]>(keys: readonly key[], loader: BulkLoader<value, key>, options?: LoadOptions): Promise<Map<key, value>>
    set<key extends KeyOf<schema>>(key: key, value: schema[key], options?: EntryOptions): Promise<Applied>
    delete(key: KeyOf<schema>): Promise<Applied>
    deleteMany(keys: readonly KeyOf<schema>[]): Promise<Applied>
    invalidateTags(tags: readonly string[]): Promise<Applied>
    invalidate(what: Invalidated<KeyOf<schema>>): Promise<Applied>
    clear(): Promise<Applied>
    namespace<part extends object = Record<string, unknown>>(name: string): CacheNamespace<part>
    warmUp<key extends KeyOf<schema>>(keys: Iterable<key> | AsyncIterable<key>, loader: Loader<schema[key]>, options?: WarmUpOptions): Promise<WarmUpReport>
    wrap<args extends readonly unknown[], value>(fn: (...args: args) => value | PromiseLike<value>, options: WrapOptions<args>): (...args: args) => Promise<value>
    inspect(key: KeyOf<schema>): Promise<Inspection>
  }
  export interface CacheOptions extends TimeOptions {
    readonly name: string
    readonly memory?: MemoryStore | undefined
    readonly shared?: SharedTier | undefined
    readonly policy?: Policy | undefined
    readonly tierTimeoutMs?: number | undefined
    readonly maxStalenessMs?: number | undefined
    readonly leaseMs?: number | undefined
    readonly retryDelayMs?: number | undefined
    readonly maxRetryDelayMs?: number | undefined
    readonly serializer?: Serializer | undefined
    readonly compressor?: Compressor | undefined
    readonly encryptor?: Encryptor | undefined
    readonly maxTags?: number | undefined
    readonly maxQueued?: number | undefined
    readonly random?: (() => number) | undefined
    readonly clock?: Clock | undefined
  }
  export interface Codec {
    encode(key: string, value: unknown): Encoded | Promise<Encoded>
    decode(key: string, format: number, body: Uint8Array): unknown
  }
  export interface Compressor {
    readonly name: string
    compress(bytes: Buffer): Uint8Array | undefined | Promise<Uint8Array | undefined>
    decompress(bytes: Buffer): Uint8Array | Promise<Uint8Array>
  }
  export interface CompressorOptions {
    readonly algorithm?: 'gzip' | 'brotli' | 'deflate' | undefined
    readonly overBytes?: number | undefined
    readonly maxBytes?: number | undefined
  }
  export interface Encoded {
    readonly format: number
    readonly body: Uint8Array
  }
  export interface EncryptionKey {
    readonly id: string
    readonly key: Uint8Array | KeyObject
  }
  export interface Encryptor {
    encrypt(bytes: Buffer, context: string): Uint8Array | Promise<Uint8Array>
    decrypt(bytes: Buffer, context: string): Uint8Array | Promise<Uint8Array>
  }
  export interface EncryptorOptions {
    readonly keys: readonly EncryptionKey[]
  }
  export interface EntryOptions extends TimeOptions {
    readonly tags?: readonly string[] | undefined
  }
  export interface History {
    readonly position: Position
    readonly isNew: boolean
    readonly clearedSeq: number
    readonly floorSeq: number
    readonly tags: ReadonlyMap<string, number>
  }
  export interface HitWindow {
    readonly windowMs: number
    readonly hits: number
    readonly misses: number
    readonly hitRatio: number | undefined
  }
  export type InspectedShared = {
    readonly state: 'found'
    readonly value: InspectedValue
    readonly staleWhileRevalidateMs: number
  } | {
    readonly state: 'absent' | 'busy' | 'failed' | 'unusable' | 'unreachable'
  }
  export interface InspectedValue {
    readonly ageMs: number
    readonly freshForMs: number
    readonly usableForMs: number
    readonly tags: readonly string[]
    readonly invalidatedBy: string | undefined
  }
  export interface Inspection {
    readonly key: string
    readonly next: 'memory-hit' | 'shared-hit' | 'stale-hit' | 'wait-for-load' | 'miss'
    readonly why: string
    readonly memory: InspectedValue | undefined
    readonly shared: InspectedShared | undefined
    readonly loadingForMs: number | undefined
    readonly isPending: boolean
    readonly logLagMs: number | undefined
  }
  export interface Invalidated<key extends string = string> {
    readonly keys?: readonly key[] | undefined
    readonly tags?: readonly string[] | undefined
  }
  export interface InvalidationEvent {
    readonly type: 'invalidations:queued' | 'invalidations:applied' | 'invalidations:collapsed' | 'invalidations:lost'
    readonly count: number
  }
  export type KeyOf<schema extends object> = keyof schema & string
  export const LOAD_CHANNEL = "breakwater:cache:load"
  export interface LeaseRequest {
    readonly token: string
    readonly forMs: number
  }
  export interface LoadContext<value = unknown> {
    readonly key: string
    readonly signal: AbortSignal
    readonly previous: PreviousValue<value> | undefined
    tag(...tags: string[]): void
    ttl(ttlMs: number): void
    notModified(): NotModified
  }
  export interface LoadFailed {
    readonly type: 'load:failed'
    readonly key: string
    readonly error: unknown
  }
  export class LoadFailedElsewhereError extends OperationalError {
    readonly name: 'LoadFailedElsewhereError'
    readonly code: 'ERR_LOAD_FAILED_ELSEWHERE'
    readonly key: string
    readonly errorName: string
    readonly errorCode: string | undefined
    constructor(key: string, error: ToldError)
  }
  export interface LoadOptions extends EntryOptions {
    readonly signal?: AbortSignal | undefined
  }
  export class LoadTimeoutError extends OperationalError {
    readonly name: 'LoadTimeoutError'
    readonly code: 'ERR_LOAD_TIMEOUT'
    readonly key: string
    readonly limitMs: number
    constructor(key: string, limitMs: number)
  }
  export type Loader<value, known = value> = (context: LoadContext<known>) => value | NotModified | PromiseLike<value | NotModified>
  export interface LogEvent {
    readonly type: 'log:replayed' | 'log:lost'
    readonly shard: number
    readonly changes: number
  }
  export interface MemoryStore {
    readonly size: number
    readonly bytes: number
    readonly evictions: number
    get(key: string): unknown
    peek(key: string): unknown
    set(key: string, value: unknown, bytes: number): boolean
    delete(key: string): boolean
    clear(): void
    keys(): IterableIterator<string>
  }
  export type Mutation = {
    readonly kind: 'delete'
    readonly keys: readonly string[]
    readonly position: Position
  } | {
    readonly kind: 'set'
    readonly key: string
    readonly position: Position
  } | {
    readonly kind: 'invalidate'
    readonly tags: readonly string[]
    readonly position: Position
  } | {
    readonly kind: 'clear'
    readonly position: Position
  }
  export interface NotModified {
    readonly notModified: true
  }
  export class NotSerialisableError extends TypeError {
    readonly format: string
    readonly obstacle: string
    constructor(format: string, obstacle: string, options?: ErrorOptions)
  }
  export interface Position {
    readonly seq: number
    readonly id: string
  }
  export interface PreviousValue<value> {
    readonly value: value
    readonly ageMs: number
  }
  export interface Serializer {
    readonly name?: string | undefined
    serialize(value: unknown): string | Uint8Array
    deserialize(bytes: Buffer): unknown
  }
  export interface SharedFailure {
    readonly body: Uint8Array
    readonly forMs: number
  }
  export interface SharedTier {
    connect(options: TierOptions, listener: TierListener): TierConnection
  }
  export interface TierConnection {
    readonly shards: number
    shardOf(key: string): number
    readonly isReady: boolean
    now(atMs?: number): number
    read(key: string, lease?: LeaseRequest): Promise<TierRead>
    readMany(keys: readonly string[], lease?: LeaseRequest): Promise<readonly TierRead[]>
    lease(key: string, lease: LeaseRequest): Promise<'leased' | 'busy' | {
      readonly kind: 'failed'
      readonly body: Uint8Array
    }>
    renew(key: string, lease: LeaseRequest): Promise<boolean>
    release(key: string, token: string, failure?: SharedFailure): Promise<void>
    fill(key: string, token: string, record: TierRecord, since: Position): Promise<boolean>
    set(key: string, record: TierRecord, since: Position, id: string, isLast: boolean): Promise<Written>
    delete(shard: number, keys: readonly string[]): Promise<Position>
    invalidate(shard: number, tags: readonly string[], keys?: readonly string[]): Promise<Position>
    clear(shard: number): Promise<Position>
    close(): Promise<void>
  }
  export type TierEvent = TierFailed | TierRecovered
  export interface TierFailed {
    readonly type: 'tier:failed'
    readonly error: unknown
  }
  export interface TierListener {
    onHistory(shard: number, history: History): void
    onMutations(shard: number, mutations: readonly Mutation[], position: Position): void
    onConfirmed(shard: number, atMs: number): void
    onForeignChange(key: string): void
    onFailure(error: unknown): void
  }
  export interface TierOptions {
    readonly name: string
    readonly maxStalenessMs: number
    readonly random?: (() => number) | undefined
    readonly clock: Clock
  }
  export type TierRead = {
    readonly kind: 'found'
    readonly record: TierRecord
  } | {
    readonly kind: 'absent'
  } | {
    readonly kind: 'leased'
  } | {
    readonly kind: 'busy'
  } | {
    readonly kind: 'failed'
    readonly body: Uint8Array
  } | {
    readonly kind: 'unusable'
  }
  export interface TierRecord {
    readonly seq: number
    readonly bornAtMs: number
    readonly ttlMs: number
    readonly staleWhileRevalidateMs: number
    readonly graceMs: number
    readonly tags: readonly string[]
    readonly format: number
    readonly body: Uint8Array
  }
  export interface TierRecovered {
    readonly type: 'tier:recovered'
    readonly awayMs: number
  }
  export class TierUnavailableError extends OperationalError {
    readonly name: 'TierUnavailableError'
    readonly code: 'ERR_TIER_UNAVAILABLE'
    constructor(why: string)
  }
  export interface TimeOptions {
    readonly ttlMs?: number | undefined
    readonly ttlJitterRatio?: number | undefined
    readonly staleWhileRevalidateMs?: number | undefined
    readonly graceMs?: number | undefined
    readonly eagerRefreshRatio?: number | undefined
    readonly nullTtlMs?: number | undefined
    readonly nullGraceMs?: number | undefined
    readonly softTimeoutMs?: number | undefined
    readonly hardTimeoutMs?: number | undefined
  }
  export interface ToldError {
    readonly name: string
    readonly message: string
    readonly code?: string | undefined
  }
  export type UnreadableStep = 'format' | 'encryption' | 'compression' | 'serializer'
  export interface ValueUnreadable {
    readonly type: 'value:unreadable'
    readonly key: string
    readonly error: unknown
  }
  export class ValueUnreadableError extends OperationalError {
    readonly name: 'ValueUnreadableError'
    readonly code: 'ERR_VALUE_UNREADABLE'
    readonly key: string
    readonly step: UnreadableStep
    constructor(key: string, step: UnreadableStep, why: string)
  }
  export interface WarmUpFailure {
    readonly key: string
    readonly error: unknown
  }
  export interface WarmUpOptions extends LoadOptions {
    readonly concurrency?: number | undefined
    readonly from?: number | undefined
    readonly onProgress?: ((report: WarmUpReport) => void) | undefined
  }
  export interface WarmUpReport {
    readonly warmed: number
    readonly failed: number
    readonly failures: readonly WarmUpFailure[]
    readonly position: number
    readonly isComplete: boolean
  }
  export interface WrapOptions<args extends readonly unknown[]> extends Omit<LoadOptions, 'tags'> {
    readonly key: (...args: args) => string
    readonly tags?: readonly string[] | ((...args: args) => readonly string[]) | undefined
  }
  export type Written = {
    readonly kind: 'stored' | 'deleted'
    readonly position: Position
  } | {
    readonly kind: 'conflict'
    readonly position: Position
    readonly notAfterMs: number
  }
  export function createCache<schema extends object = Record<string, unknown>>(options: CacheOptions): Cache<schema>
  export function createCompressor({ algorithm, overBytes, maxBytes, }?: CompressorOptions): Compressor
  export function createEncryptor({ keys }: EncryptorOptions): Encryptor
  export function createStructuredSerializer(): Serializer
  export function isCacheClosedError(error: unknown): error is CacheClosedError
  export function isLoadFailedElsewhereError(error: unknown): error is LoadFailedElsewhereError
  export function isLoadTimeoutError(error: unknown): error is LoadTimeoutError
  export function isValueUnreadableError(error: unknown): error is ValueUnreadableError
  export const jsonSerializer: Serializer
}

declare module '@breakwater/cache/memory' {
  export interface MemoryStore {
    readonly size: number
    readonly bytes: number
    readonly evictions: number
    get(key: string): unknown
    peek(key: string): unknown
    set(key: string, value: unknown, bytes: number): boolean
    delete(key: string): boolean
    clear(): void
    keys(): IterableIterator<string>
  }
  export interface MemoryStoreOptions {
    readonly maxEntries?: number | undefined
    readonly maxBytes?: number | undefined
  }
  export function createMemoryStore(options?: MemoryStoreOptions): MemoryStore
}

declare module '@breakwater/cache/redis' {
  import type { SharedTier } from '@breakwater/cache'

  export type RedisArgument = string | number | Uint8Array
  export interface RedisClient {
    readonly status: string
    readonly isCluster: boolean
    readonly options: RedisClientOptions
    call(command: string, args: RedisArgument[]): Promise<unknown>
    callBuffer(command: string, args: RedisArgument[]): Promise<unknown>
    duplicate(first?: object, second?: object): RedisClient
    nodes?(): RedisClient[]
    on(event: string, listener: (...args: unknown[]) => void): unknown
    disconnect(reconnect?: boolean): void
  }
  export interface RedisClientOptions {
    readonly keyPrefix?: string | undefined
    readonly enableAutoPipelining?: boolean | undefined
    readonly scaleReads?: unknown
    readonly redisOptions?: object | undefined
    readonly host?: string | undefined
    readonly port?: number | undefined
  }
  export interface RedisTierOptions {
    readonly prefix?: string | undefined
    readonly shards?: number | undefined
    readonly maxLog?: number | undefined
    readonly maxTags?: number | undefined
    readonly tracking?: boolean | undefined
  }
  export function createRedisTier(client: RedisClient, options?: RedisTierOptions): SharedTier
}

declare module '@breakwater/cache/testing' {
  import type { MemoryStore, SharedTier } from '@breakwater/cache'
  import type { RedisClient } from '@breakwater/cache/redis'
  import type { Clock } from '@breakwater/core'

  export interface ConformanceCase {
    readonly name: string
    run(): Promise<void>
  }
  export type CreateTier = (name: string) => Promise<TierUnderTest>
  export type InFlight = 'lost' | 'executed' | 'late' | 'half'
  export type RestartData = 'everything' | 'nothing' | 'snapshot'
  export interface ShrinkOptions<action> {
    readonly runs?: number | undefined
    readonly plainer?: ((action: action) => readonly action[]) | undefined
  }
  export interface SimulatedProcess {
    readonly id: number
    readonly clock: Clock
    connect(): RedisClient
    run(task: () => void): void
    kill(): void
  }
  export interface Simulation {
    readonly seed: number
    readonly nowMs: number
    readonly processes: readonly SimulatedProcess[]
    addProcess(): SimulatedProcess
    run(forMs: number): Promise<void>
    apply(action: WorldAction): Promise<void>
    draw(): WorldAction
    heal(): void
    close(): Promise<void>
  }
  export interface SimulationOptions {
    readonly seed: number
    readonly processes?: number | undefined
    readonly servers?: number | undefined
  }
  export interface StoreLimits {
    readonly maxEntries: number
    readonly maxBytes: number
  }
  export interface TierUnderTest {
    readonly tier: SharedTier
    readonly clock?: Clock | undefined
    readonly sleep?: ((ms: number) => Promise<void>) | undefined
    close(): Promise<void>
  }
  export type Way = 'requests' | 'replies'
  export type WorldAction = {
    readonly do: 'wait'
    readonly ms: number
  } | {
    readonly do: 'drop'
    readonly node: number
    readonly server: number
    readonly inFlight: InFlight
  } | {
    readonly do: 'hold'
    readonly node: number
    readonly server: number
    readonly way: Way | 'both'
    readonly forMs: number
  } | {
    readonly do: 'refuse'
    readonly node: number
    readonly server: number
    readonly forMs: number
  } | {
    readonly do: 'slow'
    readonly node: number
    readonly server: number
    readonly mostMs: number
    readonly forMs: number
  } | {
    readonly do: 'freeze'
    readonly node: number
    readonly forMs: number
  } | {
    readonly do: 'set wall clock'
    readonly node: number
    readonly byMs: number
  } | {
    readonly do: 'pause'
    readonly server: number
    readonly forMs: number
  } | {
    readonly do: 'crash'
    readonly server: number
    readonly isSilent: boolean
    readonly forMs: number
    readonly data: RestartData
  } | {
    readonly do: 'snapshot'
    readonly server: number
  } | {
    readonly do: 'close sessions'
    readonly server: number
  } | {
    readonly do: 'forget scripts'
    readonly server: number
  } | {
    readonly do: 'trim'
    readonly server: number
    readonly keep: number
  } | {
    readonly do: 'evict'
    readonly server: number
    readonly index: number
  } | {
    readonly do: 'jump time'
    readonly server: number
    readonly byMs: number
  } | {
    readonly do: 'flush'
    readonly server: number
  }
  export function createSimulation({ seed, processes: count, servers }: SimulationOptions): Simulation
  export function shrinkActions<action>(actions: readonly action[], fails: (actions: readonly action[]) => Promise<boolean> | boolean, { runs, plainer }?: ShrinkOptions<action>): Promise<readonly action[]>
  export function storeConformance(create: (limits: StoreLimits) => MemoryStore): readonly ConformanceCase[]
  export function tierConformance(create: CreateTier): readonly ConformanceCase[]
}
