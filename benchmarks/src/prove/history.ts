/** What was asked for. */
export type Method = 'get' | 'list' | 'create' | 'update' | 'delete'

/**
 * What became of a request. `ok`: answered as it may be, also that there is no such task. `refused`: 429 or 503, so nothing was done.
 * `failed`: any other answer, or a connection that broke. `late`: no answer in time. `unsent`: its user was still busy when its time
 * was over.
 */
export type Outcome = 'ok' | 'refused' | 'failed' | 'late' | 'unsent'

/** One request of one client, from beginning to end. All times are of the machine's clock, in milliseconds. */
export interface Call {
  /** How it was asked. */
  readonly via: 'http' | 'socket'
  /** Which user or socket asked. */
  readonly client: number
  readonly method: Method
  /** The board of the task, or the one that is listed. */
  readonly board: string
  /** The task. Of a creation only known with its answer. */
  id?: string | undefined
  /** What is written: no two writes have the same. Of a read: what was read. */
  title?: string | undefined
  /** When it was due. */
  readonly dueMs: number
  /** When it went out. Without, it never did. */
  sentMs?: number | undefined
  /** When its answer was read to the end, or its end was known in another way. */
  endMs?: number | undefined
  /** HTTP's, also over a WebSocket; 0 without an answer. */
  status: number
  outcome: Outcome
  /** Of the task, as it was answered. */
  version?: number | undefined
  /** Of a list. */
  items?: readonly ListedTask[] | undefined
  /** Whether the list ends there. */
  isWhole?: boolean | undefined
  /** Which instance answered. */
  server?: string | undefined
}

/** A task in a list. */
export type ListedTask = readonly [id: string, version: number]

/** A change, as a socket was told. */
export interface LiveChange {
  readonly version: number
  readonly kind: 'created' | 'updated' | 'deleted'
  readonly taskId: string
  /** Of the task; none if it is gone. */
  readonly taskVersion: number | undefined
}

/** What happened to a socket. */
export type LiveEvent =
  | { readonly kind: 'open' | 'delayed'; readonly atMs: number }
  | { readonly kind: 'close'; readonly atMs: number; readonly code: number }
  /** It was told that it did something wrong. */
  | { readonly kind: 'error'; readonly atMs: number; readonly text: string }
  /** All parts of it together. */
  | { readonly kind: 'snapshot'; readonly atMs: number; readonly version: number; readonly tasks: number }
  | { readonly kind: 'changes'; readonly atMs: number; readonly changes: readonly LiveChange[] }

/** What one socket saw of its board. */
export interface LiveHistory {
  /** Which socket. */
  readonly client: number
  readonly board: string
  /** The version that it had at the beginning. */
  readonly version: number
  readonly events: readonly LiveEvent[]
  /** What it takes the board for at the end: see `digestOf`. */
  readonly digest: string
  /** The version of that. */
  readonly endVersion: number
  /** Whether it was connected at the end. */
  readonly isOpen: boolean
  /** Bytes that it was sent, as they came over the wire. */
  readonly bytes: number
}

/** A task as the database has it. */
export interface StoredTask {
  readonly title: string
  readonly board: string
  readonly version: number
}

/** What is in the database, at one moment. */
export interface Stored {
  /** When it was asked, by the machine's clock. */
  readonly atMs: number
  readonly tasks: ReadonlyMap<string, StoredTask>
  /** Versions of the boards. */
  readonly boards: ReadonlyMap<string, number>
}

/**
 * A text that two have in common only if they know the same of a board.
 *
 * @param tasks Versions, by id.
 */
export function digestOf(tasks: Iterable<readonly [id: string, version: number]>): string {
  // Sums are the same in any order. Two independent ones, so that differences hardly cancel out.
  let sum = 0
  let product = 0
  let count = 0
  for (const [id, version] of tasks) {
    const mixed = mix(id, version)
    sum = (sum + mixed) >>> 0
    product = (product + Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b)) >>> 0
    count++
  }
  return `${count}:${sum.toString(16)}:${product.toString(16)}`
}

/** FNV-1a. */
function mix(id: string, version: number): number {
  let hash = 0x811c9dc5 ^ version
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
