/** How a process reaches Redis: plain data, so that it can be handed to another process. */
export type Connect =
  | {
      readonly kind: 'standalone'
      readonly port: number
      /** Where the log is followed, if that is another way. */
      readonly logPort?: number | undefined
    }
  | {
      readonly kind: 'sentinel'
      readonly sentinels: { readonly host: string; readonly port: number }[]
      readonly name: string
    }
  | { readonly kind: 'cluster'; readonly ports: readonly number[] }

/** A cache that a process opens. */
export interface Setup {
  readonly name: string
  readonly connect: Connect
  readonly ttlMs: number
  readonly maxStalenessMs: number
  readonly leaseMs: number
  readonly hardTimeoutMs: number
  /** As in the cache's options. More than that where a test needs to be answered, however busy the machine is. */
  readonly tierTimeoutMs?: number | undefined
  /** What is broken on purpose, to see that it is found. */
  readonly fault?: Fault | undefined
}

/** `deaf`: does not hear the log. `slow ear`: hears it 600 ms late. `no lease`: loads although another process does. */
export type Fault = 'deaf' | 'slow ear' | 'no lease'

/** What reads. `last` and `fresh` are the reads at the end, in the process' cache and in one that was not there before. */
export type ReadHow = 'getOrSet' | 'get' | 'peek' | 'getMany' | 'getOrSetMany' | 'last' | 'fresh'

/** What changes. */
export type WriteHow = 'delete' | 'deleteMany' | 'set' | 'tag' | 'both' | 'clear'

/** What a cached value says of itself. */
export interface Seen {
  readonly key: number
  /** Version of the source. */
  readonly version: number
  /** The call of `set`, or the load, that it comes from. */
  readonly by: string
}

/** A read that ended, or that is still open. Times are of the machine's monotonic clock. */
export interface ReadRecord {
  readonly kind: 'read'
  readonly node: number
  readonly how: ReadHow
  readonly keys: readonly number[]
  readonly calledMs: number
  /** `Infinity` if it is still open. */
  readonly endedMs: number
  readonly seen: readonly Seen[]
  readonly error?: CallError | undefined
}

/** A change that ended, or that is still open. */
export interface ChangeRecord {
  readonly kind: 'change'
  readonly id: string
  readonly node: number
  readonly how: WriteHow
  /** The version that the source had of each key that it covers: no older one may be served for long. */
  readonly versions: Readonly<Record<number, number>>
  readonly calledMs: number
  readonly endedMs: number
  readonly result: 'applied' | 'queued' | undefined
  readonly error?: CallError | undefined
}

/** A call of a loader. */
export interface LoadRecord {
  readonly kind: 'load'
  readonly id: string
  readonly node: number
  readonly keys: readonly number[]
  readonly beganMs: number
  readonly endedMs: number
}

/** An event of a cache. */
export interface EventRecord {
  readonly kind: 'event'
  readonly node: number
  readonly type: string
  readonly atMs: number
  /** Of `log:lost` and `log:replayed`. */
  readonly changes?: number | undefined
}

/** A time in which a process did not run, or came to nothing else. */
export interface StallRecord {
  readonly kind: 'stall'
  readonly node: number
  readonly fromMs: number
  readonly untilMs: number
  /** How long it had a processor: nearly all of the time if it was busy, little if others were. */
  readonly cpuMs: number
}

/** A time in which a process did without the tier for some calls, as it was not answered in time. */
export interface UnansweredRecord {
  readonly kind: 'unanswered'
  readonly node: number
  readonly fromMs: number
  readonly untilMs: number
  /** Calls of the tier that failed, or were not made because others had failed a moment ago. */
  readonly count: number
}

/** What a process tells of what happened. */
export type Occurrence = ReadRecord | ChangeRecord | LoadRecord | EventRecord | StallRecord | UnansweredRecord

/** Why a call failed. */
export interface CallError {
  readonly name: string
  readonly message: string
}

/** What a process is asked to do. */
export type Order =
  | { readonly do: 'open'; readonly setup: Setup }
  | { readonly do: 'work'; readonly seed: number; readonly lanes: number }
  | { readonly do: 'rest' }
  | {
      readonly do: 'leftovers'
      /** The logs must have been confirmed since then. */
      readonly sinceMs: number
    }
  | { readonly do: 'last' }
  | { readonly do: 'read'; readonly how: 'getOrSet' | 'get' | 'peek'; readonly key: number; readonly loadMs?: number }
  | { readonly do: 'change'; readonly how: WriteHow; readonly key: number }
  | { readonly do: 'see gone'; readonly key: number }
  | { readonly do: 'hold loads' }
  | { readonly do: 'see a load held' }
  | { readonly do: 'let loads go' }
  | { readonly do: 'close' }

/** From a process to the one that started it. */
export type FromWorker =
  | { readonly kind: 'done'; readonly id: number; readonly result?: unknown; readonly error?: string }
  | { readonly kind: 'source'; readonly id: number; readonly bump: readonly number[]; readonly keys: readonly number[] }
  | { readonly kind: 'told'; readonly told: readonly Occurrence[] }

/** To a process. */
export type ToWorker =
  | { readonly kind: 'order'; readonly id: number; readonly order: Order }
  | { readonly kind: 'source'; readonly id: number; readonly versions: Record<number, number> }

/** Keys that are worked on: `k0`, `k1` and so on. */
export const KEYS = 20
/** Tags that they have: `t0`, `t1` and so on, one each. */
export const TAGS = 4

/** Every key. */
export const EVERY_KEY: readonly number[] = Array.from({ length: KEYS }, (_, key) => key)

/**
 * The keys that a change is about; of one that deletes a key and invalidates a tag, the key is the last.
 *
 * @param how What changes.
 * @param key The key that it begins with.
 */
export function covered(how: WriteHow, key: number): readonly number[] {
  if (how === 'clear') return EVERY_KEY
  const next = (key + 1) % KEYS
  const alike = EVERY_KEY.filter((other) => other % TAGS === key % TAGS)
  if (how === 'tag') return alike
  if (how === 'both') return [...alike, next]
  return how === 'deleteMany' ? [key, next] : [key]
}

/** Milliseconds on a clock that all processes of a machine share, and nobody sets. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
