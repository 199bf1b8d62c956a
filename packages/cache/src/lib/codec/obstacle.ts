/** Nodes that are looked at: the search is only for a message. */
const MAX_NODES = 100_000
const MAX_PATH_LENGTH = 200

/** What stands in the way, and where. */
interface Obstacle {
  readonly what: string
  readonly path: string
}

/** A part of the value whose own parts are still to be looked at. */
interface Frame {
  readonly value: object
  readonly path: string
  readonly keys: readonly string[]
  next: number
}

/**
 * Looks for the part of a value that cannot be serialised, after it was found that there is one. Says where it is and of
 * which kind, but nothing of what it holds. Depth first with a stack of its own: what nests too deeply is one of the cases.
 *
 * @param value The whole.
 * @param kindOf Says what is wrong with a part, `undefined` if nothing is.
 * @param cyclesAreFine Whether a part may contain itself.
 * @returns A half sentence such as `a circular structure at value.parent`.
 */
export function findObstacle(
  value: unknown,
  kindOf: (part: unknown) => string | undefined,
  cyclesAreFine: boolean,
): string | undefined {
  const found = search(value, kindOf, cyclesAreFine)
  if (found === undefined) return undefined
  const { what, path } = found
  if (path === '') return what
  return `${what} at value${path.length > MAX_PATH_LENGTH ? `${path.slice(0, MAX_PATH_LENGTH)}…` : path}`
}

function search(
  value: unknown,
  kindOf: (part: unknown) => string | undefined,
  cyclesAreFine: boolean,
): Obstacle | undefined {
  const what = kindOf(value)
  if (what !== undefined) return { what, path: '' }
  const stack = isContainer(value) ? [frameOf(value, '')] : []
  const inside = new Set<unknown>(stack.map((frame) => frame.value))
  for (let nodes = 0; nodes < MAX_NODES; nodes++) {
    const frame = stack.at(-1)
    if (frame === undefined) return undefined
    const key = frame.keys[frame.next++]
    if (key === undefined) {
      stack.pop()
      if (!cyclesAreFine) inside.delete(frame.value)
      continue
    }
    const path = frame.path.length > MAX_PATH_LENGTH ? frame.path : frame.path + step(frame.value, key)
    let part: unknown
    try {
      part = (frame.value as Record<string, unknown>)[key]
    } catch {
      return { what: 'a getter that throws', path }
    }
    const kind = kindOf(part)
    if (kind !== undefined) return { what: kind, path }
    if (!isContainer(part)) continue
    if (inside.has(part)) {
      if (!cyclesAreFine) return { what: 'a circular structure', path }
      continue
    }
    inside.add(part)
    stack.push(frameOf(part, path))
  }
  return undefined
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function frameOf(value: object, path: string): Frame {
  return { value, path, keys: Object.keys(value), next: 0 }
}

function step(container: object, key: string): string {
  if (Array.isArray(container)) return `[${key}]`
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
