import type { Task } from '../../tasks/schema.ts'
import { SharedMessage } from './shared-message.ts'

/** A message becomes no longer than this, unless one task is: so none takes long to make or compress. */
export const MESSAGE_BYTES = 65_536
/** Of a task, beside its texts, as JSON. */
const TASK_BYTES = 300

/** Where a part of a snapshot stands. */
export interface SnapshotPlace {
  readonly board: string
  readonly version: number
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** Reads a part of a snapshot, as messages that are made when they are asked for. */
export interface SnapshotReader {
  /** The next one. */
  next(): SharedMessage | undefined
  /** Lets go of it. Done by itself after the last message. */
  release(): void
}

/**
 * Snapshots that wait to be sent. They may be large, and each client takes them at its own pace; so they wait as they are, become
 * messages bit by bit, and what several clients get is made once.
 */
export class Snapshots {
  readonly #parts = new WeakMap<readonly Task[], SnapshotPart>()
  #waitingBytes = 0

  /** Bytes that wait, about. What several clients wait for counts once. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  /**
   * Takes a part of a snapshot.
   *
   * @param place Where it stands.
   * @param tasks The tasks. If it is the very same list for several clients, they share its messages.
   */
  read(place: SnapshotPlace, tasks: readonly Task[]): SnapshotReader {
    const part = this.#partOf(place, tasks)
    if (part.readers++ === 0) this.#waitingBytes += part.bytes
    let index = 0
    let isReleased = false
    const release = (): void => {
      if (isReleased) return
      isReleased = true
      if (--part.readers === 0) this.#waitingBytes -= part.bytes
    }
    return {
      release,
      next() {
        const message = isReleased ? undefined : part.message(index++)
        if (message === undefined) release()
        return message
      },
    }
  }

  #partOf(place: SnapshotPlace, tasks: readonly Task[]): SnapshotPart {
    const known = this.#parts.get(tasks)
    // A list without tasks may be that of any board.
    if (known?.isAt(place)) return known
    const part = new SnapshotPart(place, tasks)
    this.#parts.set(tasks, part)
    return part
  }
}

class SnapshotPart {
  /** About how much it is. */
  readonly bytes: number
  readers = 0
  readonly #place: SnapshotPlace
  readonly #tasks: readonly Task[]
  readonly #messages: SharedMessage[] = []
  #taken = 0

  constructor(place: SnapshotPlace, tasks: readonly Task[]) {
    this.#place = place
    this.#tasks = tasks
    this.bytes = tasks.reduce(
      (sum, { title, description }) => sum + TASK_BYTES + title.length + (description?.length ?? 0),
      0,
    )
  }

  isAt({ board, version, isFirst, isLast }: SnapshotPlace): boolean {
    const place = this.#place
    return place.board === board && place.version === version && place.isFirst === isFirst && place.isLast === isLast
  }

  /** Messages are made in order: those before are there. */
  message(index: number): SharedMessage | undefined {
    if (index === this.#messages.length && (this.#taken < this.#tasks.length || index === 0)) this.#make()
    return this.#messages[index]
  }

  #make(): void {
    const { board, version } = this.#place
    const isFirst = this.#place.isFirst && this.#messages.length === 0
    const texts: string[] = []
    for (let length = 0; this.#taken < this.#tasks.length && length < MESSAGE_BYTES; this.#taken++) {
      const text = JSON.stringify(this.#tasks[this.#taken])
      texts.push(text)
      length += text.length
    }
    const isLast = this.#place.isLast && this.#taken === this.#tasks.length
    const head = JSON.stringify({ type: 'snapshot', board, version, isFirst, isLast }).slice(0, -1)
    this.#messages.push(new SharedMessage(`${head},"tasks":[${texts.join(',')}]}`))
  }
}
