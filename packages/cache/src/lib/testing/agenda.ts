/** Something that will happen at a time, unless it is called off. */
export interface Appointment {
  /** Virtual milliseconds. */
  readonly dueMs: number
  /** Does nothing if it has happened. */
  cancel(): void
}

interface Entry extends Appointment {
  readonly order: number
  run: (() => void) | undefined
}

/** Virtual time, and what is to happen in it: in order of time, and at one time in the order it was asked for. */
export class Agenda {
  /** Whether timers of a node have fired. */
  wantsTurn = false
  #nowMs = 0
  #orders = 0
  #waiting = 0
  /** A binary heap, the next one first. */
  readonly #heap: Entry[] = []

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#nowMs
  }

  /** How many things are to happen. */
  get size(): number {
    return this.#waiting
  }

  /** When the next thing happens, `Infinity` if nothing will. */
  get nextMs(): number {
    this.#dropCancelled()
    return this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY
  }

  /**
   * Plans something.
   *
   * @param dueMs When, in virtual milliseconds. What is past happens now.
   * @param run What.
   */
  at(dueMs: number, run: () => void): Appointment {
    const entry: Entry = {
      dueMs: Math.max(dueMs, this.#nowMs),
      order: this.#orders++,
      run,
      cancel: () => {
        if (entry.run !== undefined) this.#waiting--
        entry.run = undefined
      },
    }
    this.#waiting++
    this.#push(entry)
    return entry
  }

  /**
   * Moves time on to the next thing, and lets it happen.
   *
   * @param untilMs Not if it is later than this: then time moves on to here.
   * @returns Whether there was one.
   */
  runNext(untilMs: number = Number.POSITIVE_INFINITY): boolean {
    if (this.nextMs > untilMs || this.#waiting === 0) {
      if (Number.isFinite(untilMs)) this.#nowMs = Math.max(this.#nowMs, untilMs)
      return false
    }
    const next = this.#pop()
    const run = next.run
    next.run = undefined
    this.#waiting--
    this.#nowMs = next.dueMs
    run?.()
    return true
  }

  /** Calls everything off. */
  clear(): void {
    for (const entry of this.#heap) entry.run = undefined
    this.#heap.length = 0
    this.#waiting = 0
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]?.run === undefined) this.#pop()
  }

  #push(entry: Entry): void {
    const heap = this.#heap
    let index = heap.length
    while (index > 0) {
      const above = (index - 1) >> 1
      if (isBefore(heap[above] as Entry, entry)) break
      heap[index] = heap[above] as Entry
      index = above
    }
    heap[index] = entry
  }

  #pop(): Entry {
    const heap = this.#heap
    const first = heap[0] as Entry
    const last = heap.pop() as Entry
    if (heap.length === 0) return first
    let index = 0
    for (let below = 1; below < heap.length; below = 2 * index + 1) {
      const right = heap[below + 1]
      if (right !== undefined && isBefore(right, heap[below] as Entry)) below++
      if (isBefore(last, heap[below] as Entry)) break
      heap[index] = heap[below] as Entry
      index = below
    }
    heap[index] = last
    return first
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.order < other.order)
}

/** Kept, so that fake timers installed later cannot hold it up. */
const { nextTick } = process
const nextTurn = setImmediate

/**
 * Does things one after the other, as Node does what comes from outside: before the next one, every promise settles that can settle
 * without time or input.
 *
 * Each is done inside of a callback of `process.nextTick`, so that ticks asked for by it come before reactions of promises, as after
 * an event of a socket or a timer. Node runs ticks that reactions ask for once the whole queue of reactions is empty, however long
 * the chains are: no number of rounds has to be guessed, and no turn of the event loop is needed, which costs four times as much.
 *
 * @param next Does the next thing. `turn` if its code may use `setImmediate`, which then is waited for as well; `end` if there was
 *   nothing to do.
 * @returns Resolves when there is nothing more to do.
 */
export function doAll(next: () => 'tick' | 'turn' | 'end'): Promise<void> {
  return new Promise((resolve, reject) => {
    let what: 'tick' | 'turn' | 'end' = 'tick'
    const act = (): void => {
      try {
        what = next()
      } catch (error) {
        return reject(error)
      }
      if (what === 'end') resolve()
      else queueMicrotask(onReactions)
    }
    const onReactions = (): void => nextTick(onTick)
    // Once more, for code that itself asked for a tick meanwhile.
    const onTick = (): void => void (what === 'turn' ? nextTurn(act) : nextTick(act))
    nextTurn(act) // also lets the rest of the process have its turn
  })
}
