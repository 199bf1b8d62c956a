/** Something that is to happen. */
export interface Happening {
  /** When, in milliseconds. */
  readonly atMs: number
}

/** What is to happen, soonest first; of two at one moment, the one that was added first. */
export class Timetable<happening extends Happening> {
  readonly #heap: { readonly what: happening; readonly order: number }[] = []
  #added = 0

  /** What comes next, if anything does. */
  get next(): happening | undefined {
    return this.#heap[0]?.what
  }

  /**
   * Adds something.
   *
   * @param what What is to happen.
   */
  add(what: happening): void {
    const heap = this.#heap
    const entry = { what, order: this.#added++ }
    let index = heap.push(entry) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as typeof entry
      if (isSooner(above, entry)) break
      heap[index] = above
      index = parent
    }
    heap[index] = entry
  }

  /** Takes what comes next off the table. */
  take(): happening | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first?.what
    let index = 0
    for (let child = 1; child < heap.length; child = 2 * index + 1) {
      const right = heap[child + 1]
      if (right !== undefined && isSooner(right, heap[child] as typeof last)) child++
      const sooner = heap[child] as typeof last
      if (isSooner(last, sooner)) break
      heap[index] = sooner
      index = child
    }
    heap[index] = last
    return first.what
  }
}

interface Entry {
  readonly what: Happening
  readonly order: number
}

function isSooner(one: Entry, other: Entry): boolean {
  return one.what.atMs < other.what.atMs || (one.what.atMs === other.what.atMs && one.order < other.order)
}
