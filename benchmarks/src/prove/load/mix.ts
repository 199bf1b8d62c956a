import type { Method } from '../history.ts'
import { createZipf } from './zipf.ts'

/** A task that clients know of. */
export interface KnownTask {
  readonly id: string
  readonly board: string
}

/** What is to be asked. */
export interface Wish {
  readonly method: Method
  readonly board: string
  /** Of all but lists and creations. */
  readonly id?: string | undefined
}

/** Decides what is asked. */
export interface Mix {
  /** The next one. */
  next(): Wish
  /**
   * Learns of a task that a client of this process created, and that nobody else knows.
   *
   * @param task The task.
   */
  created(task: KnownTask): void
}

/** What is asked how often, in shares of all requests. A `miss` reads a task that is not there. */
type Shares = Readonly<Partial<Record<Method | 'miss', number>>>

/** All kinds of load. */
const MIXES = {
  /** Four reads for each write. About as many tasks stay as there were. */
  all: { get: 0.64, list: 0.16, update: 0.12, create: 0.04, delete: 0.04 },
  writes: { update: 0.6, create: 0.2, delete: 0.2 },
  /** Reads that no cache has. */
  misses: { miss: 1 },
} as const satisfies Readonly<Record<string, Shares>>

/** Name of a kind of load. */
export type MixName = keyof typeof MIXES

/** Of what was just created, where there is such a thing: caches are wrong there first. */
const FRESH_SHARE = 0.1
/** So many own tasks are kept before any is deleted. */
const KEPT = 20
/** More than are created in any phase. */
const MAX_OWN = 20_000

/**
 * Creates a mix. Tasks are chosen as unevenly as in YCSB, boards evenly. Deleted is what this mix created, in that order.
 *
 * @param name What is asked how often.
 * @param tasks Those that everybody knows.
 * @param boards Where tasks are created and listed.
 * @param random Numbers in [0, 1).
 */
export function createMix(
  name: MixName,
  tasks: readonly KnownTask[],
  boards: readonly string[],
  random: () => number,
): Mix {
  if (tasks.length === 0 || boards.length === 0) throw new RangeError('Expected `tasks` and `boards` to hold some')
  const shares = Object.entries(MIXES[name]) as readonly (readonly [Method | 'miss', number])[]
  const zipf = createZipf(tasks.length)
  const own: KnownTask[] = []
  const anyBoard = (): string => boards[Math.floor(random() * boards.length)] as string

  function choose(): Method | 'miss' {
    let rest = random()
    for (const [method, share] of shares) {
      rest -= share
      if (rest < 0) return method
    }
    return shares[0]?.[0] as Method
  }

  function known(): KnownTask {
    const isFresh = own.length > 0 && random() < FRESH_SHARE
    return isFresh ? (own.at(-1) as KnownTask) : (tasks[zipf(random())] as KnownTask)
  }

  return {
    next() {
      const method = choose()
      switch (method) {
        case 'miss':
          return { method: 'get', board: boards[0] as string, id: unknownId(random) }
        case 'get':
        case 'update':
          return { method, ...known() }
        case 'delete':
          // Only ever asked for once. Before there are enough, one is created instead.
          return own.length > KEPT ? { method, ...(own.shift() as KnownTask) } : { method: 'create', board: anyBoard() }
        default:
          return { method, board: anyBoard() }
      }
    },
    created(task) {
      if (own.length < MAX_OWN) own.push(task)
    },
  }
}

/** Of a task that nobody has created: its time is that of 1970. */
function unknownId(random: () => number): string {
  const digits = (): string =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')
  return `00000000-0000-7000-8000-${digits()}${digits().slice(4)}`
}
