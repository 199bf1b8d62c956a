/** The longest key and tag, in UTF-8 bytes: memcached's is 250, Redis' is 512 MB, 1 KiB is our choice. */
export const MAX_KEY_BYTES = 1_024

/** So many are compared with each other faster than they are put into a set. */
const FEW_TAGS = 8

/** ES2024, which Node has since 20. */
interface Checkable {
  isWellFormed(): boolean
}

/**
 * Checks a key or a tag.
 *
 * @throws {TypeError} If it is not a string, begins with a NUL, which is taken, or has half a surrogate pair, which as bytes
 *   would be the same as any other half.
 * @throws {RangeError} If it is empty or too long.
 */
export function keyLike(name: string, value: string): string {
  if (typeof value !== 'string') throw new TypeError(`Expected ${name} to be a string, got ${describe(value)}`)
  if (value === '') throw new RangeError(`Expected ${name} not to be empty`)
  // A UTF-16 unit is at most three bytes: only long ones have to be counted.
  if (value.length * 3 > MAX_KEY_BYTES && Buffer.byteLength(value) > MAX_KEY_BYTES)
    throw new RangeError(
      `Expected ${name} to be at most ${MAX_KEY_BYTES} bytes, got ${Buffer.byteLength(value)} in "${value.slice(0, 40)}…"`,
    )
  // As UTF-8 they would all be the same character.
  if (!(value as unknown as Checkable).isWellFormed())
    throw new TypeError(`Expected ${name} to be well-formed, got a lone surrogate in it`)
  if (value.charCodeAt(0) === 0) throw new TypeError(`Expected ${name} not to begin with a NUL character`)
  return value
}

/** Checks that something is a list, of whatever. */
export function listLike(name: string, value: readonly string[]): readonly string[] {
  if (!Array.isArray(value)) throw new TypeError(`Expected ${name} to be an array of strings, got ${describe(value)}`)
  return value
}

/** Checks tags, and returns them once each. */
export function tagList(name: string, value: readonly string[]): readonly string[] {
  for (const tag of listLike(name, value)) keyLike(`each of ${name}`, tag)
  return value.length > FEW_TAGS ? [...new Set(value)] : value.filter((tag, index) => value.indexOf(tag) === index)
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`
}
