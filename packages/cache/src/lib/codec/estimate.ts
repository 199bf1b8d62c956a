/** Values that are looked at before the rest is guessed from them; so no more levels either, which fits any stack. */
const MAX_NODES = 1_000
/** What an object is taken for that is not looked at any more. */
const UNSEEN_BYTES = 64
/** Objects with more properties are dictionaries to V8, or have keys and hidden classes of their own. */
const MAX_RECORD_PROPERTIES = 32
/** Measured for dictionaries of 100 to 1,000 keys: 62 with keys that others have too, 81 to 140 with their own. */
const DICTIONARY_PROPERTY_BYTES = 80
/** Typed arrays with their buffer, without its content. */
const VIEW_BYTES = 208

/**
 * Estimates the bytes that a value takes on V8's heap and outside of it (64 bits, no pointer compression, as Node is built).
 *
 * Looks at no more than about 1,000 values and guesses the rest from them, so that its cost is bounded: about 0.1 us for a
 * record of five fields, 0.1 ms at most. Only the keys of a dictionary are all listed, at a cost that grows with their number.
 * Cycles are fine, and shared parts count once. Getters are called, as `JSON.stringify` would; what throws counts little.
 *
 * Records, lists, strings, buffers, maps and sets are within a factor of 2 of what was measured. It cannot know: records under
 * 32 keys that no other object has (up to 15 times more), records over 32 keys of one shape (up to 10 times less), private
 * fields, what closures hold, strings that are slices of others, small buffers that share a pool, what lies deeper than 1,000
 * levels.
 *
 * @param value Any value; a key, for example.
 * @returns Bytes, an integer of at least 0: what fits into the slot that refers to it takes none.
 */
export function estimateBytes(value: unknown): number {
  if (typeof value !== 'object' || value === null) return primitiveBytes(value)
  let walk: Walk | undefined
  try {
    const bytes = flatRecordBytes(value)
    if (bytes >= 0) return bytes
    walk = new Walk()
    return Math.ceil(walk.bytesOf(value, MAX_NODES))
  } catch {
    return ((walk?.nodes ?? 0) + 1) * UNSEEN_BYTES // a getter, a proxy or an iterator of the user's
  }
}

/** Looks at one value and what hangs on it. */
class Walk {
  /** Values that were looked at. */
  nodes = 0
  /** The first few are found faster in a list. */
  #few: object[] = []
  #seen: Set<object> | undefined = undefined

  /**
   * @param value What to look at.
   * @param budget Nodes that are meant for it. What is large takes samples; what is left then goes to its siblings.
   */
  bytesOf(value: object, budget: number): number {
    if (this.nodes >= MAX_NODES) return UNSEEN_BYTES
    if (!this.#isNew(value)) return 0
    this.nodes++
    return this.#container(value, budget)
  }

  #isNew(value: object): boolean {
    if (this.#seen !== undefined) return this.#seen.size < this.#seen.add(value).size
    if (this.#few.includes(value)) return false
    if (this.#few.push(value) > 8) this.#seen = new Set(this.#few)
    return true
  }

  #child(value: unknown, budget: number): number {
    if (typeof value === 'object' && value !== null) return this.bytesOf(value, budget)
    this.nodes++
    return primitiveBytes(value)
  }

  #container(value: object, budget: number): number {
    if (Array.isArray(value)) return this.#list(value, budget)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype === Object.prototype) return this.#record(value as Record<string, unknown>, budget)
    if (prototype === null) return 100 + this.#record(value as Record<string, unknown>, budget)
    if (ArrayBuffer.isView(value)) return VIEW_BYTES + value.byteLength
    if (value instanceof Map) return 72 + 28 * capacity(value.size) + this.#entries(value, value, budget, 2)
    if (value instanceof Set) return 72 + 20 * capacity(value.size) + this.#entries(value, value, budget, 1)
    if (value instanceof Date) return 96
    if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return 96 + value.byteLength
    if (value instanceof RegExp) return 144
    if (value instanceof Error) return 300 + this.#instance(value as unknown as Record<string, unknown>, budget)
    return this.#instance(value as Record<string, unknown>, budget)
  }

  #record(value: Record<string, unknown>, budget: number): number {
    const end = this.nodes + budget
    let count = 0
    let looked = 0
    let bytes = 0
    for (const key in value) {
      count++
      if (this.nodes >= MAX_NODES && looked > 0) continue
      looked++
      // Half of what is left, so that the first large field does not take it all.
      bytes += this.#child(value[key], Math.max(1, (end - this.nodes) >> 1))
    }
    return count === 0 ? 56 : propertyBytes(count) + bytes * (count / looked)
  }

  /** Only its own properties: one of an older kind of class may inherit some that can be listed. */
  #instance(value: Record<string, unknown>, budget: number): number {
    const end = this.nodes + budget
    const keys = Object.keys(value)
    const looked = Math.max(1, Math.min(keys.length, MAX_NODES - this.nodes))
    let bytes = 0
    for (const key of keys.length > looked ? keys.slice(0, looked) : keys)
      bytes += this.#child(value[key], Math.max(1, (end - this.nodes) >> 1))
    return propertyBytes(keys.length) + bytes * (keys.length > looked ? keys.length / looked : 1)
  }

  #list(value: readonly unknown[], budget: number): number {
    const { length } = value
    if (length === 0) return 32
    const end = this.nodes + budget
    const start = this.nodes
    // Numbers alone are kept in place, beside others they are boxed.
    const first = value[0]
    let bytes = typeof first === 'number' ? 0 : this.#child(first, Math.max(1, Math.ceil(budget / length)))
    const costOfFirst = Math.max(1, this.nodes - start)
    // Samples from the whole list, as many as there is budget for if all are like the first one.
    const samples = Math.max(1, Math.min(length, Math.floor(budget / costOfFirst)))
    const stride = length / samples
    let looked = 1
    for (; looked < samples; looked++) {
      if (this.nodes >= MAX_NODES || this.nodes >= end) break
      const item = value[Math.floor(looked * stride)]
      if (typeof item === 'number' && typeof first === 'number') this.nodes++
      else bytes += this.#child(item, Math.max(1, Math.floor((end - this.nodes) / (samples - looked))))
    }
    return 48 + 8 * length + bytes * (length / looked)
  }

  /** Maps and sets have no index: the first ones stand for all. */
  #entries(value: Iterable<unknown>, { size }: { readonly size: number }, budget: number, parts: 1 | 2): number {
    const end = this.nodes + budget
    let looked = 0
    let bytes = 0
    for (const entry of value) {
      if (looked > 0 && (this.nodes >= MAX_NODES || this.nodes >= end)) break
      const share = Math.max(1, Math.floor((end - this.nodes) / (size - looked) / parts))
      if (parts === 1) bytes += this.#child(entry, share)
      else for (const part of entry as [unknown, unknown]) bytes += this.#child(part, share)
      looked++
    }
    return looked === 0 ? 0 : bytes * (size / looked)
  }
}

/** The usual case, without a walk: a record of fields that nest nothing, but for one short list. `-1` for all others. */
function flatRecordBytes(value: object): number {
  if (Object.getPrototypeOf(value) !== Object.prototype) return -1
  let count = 0
  let bytes = 0
  let hasList = false
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key]
    if (++count > MAX_RECORD_PROPERTIES) return -1
    if (typeof field !== 'object' || field === null) bytes += primitiveBytes(field)
    else {
      const listBytes = hasList || !Array.isArray(field) ? -1 : flatListBytes(field)
      if (listBytes < 0) return -1
      // Another one might be the same.
      hasList = true
      bytes += listBytes
    }
  }
  return count === 0 ? 56 : propertyBytes(count) + bytes
}

/** The same for a list of strings. */
function flatListBytes(list: readonly unknown[]): number {
  const { length } = list
  if (length === 0) return 32
  if (length > MAX_RECORD_PROPERTIES) return -1
  let bytes = 48 + 8 * length
  for (let index = 0; index < length; index++) {
    const item = list[index]
    if (typeof item !== 'string') return -1
    bytes += primitiveBytes(item)
  }
  return bytes
}

function primitiveBytes(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return value.length === 0 ? 0 : 16 + ((value.length * (isWide(value) ? 2 : 1) + 7) & ~7)
    case 'number':
      return (value | 0) === value ? 0 : 16
    case 'bigint':
      return BigInt.asIntN(64, value) === value ? 24 : 24 + Math.ceil(value.toString(16).length / 2)
    case 'symbol':
      return 16
    case 'function':
      return 64
    default:
      return 0
  }
}

/** Whether it takes two bytes for each character: one such character is enough. A few of them speak for all. */
function isWide(text: string): boolean {
  const last = text.length - 1
  if ((text.charCodeAt(0) | text.charCodeAt(last) | text.charCodeAt(last >> 1)) > 255) return true
  return last > 32 && (text.charCodeAt(last >> 2) | text.charCodeAt(last - (last >> 2))) > 255
}

function propertyBytes(count: number): number {
  return count > MAX_RECORD_PROPERTIES ? 24 + DICTIONARY_PROPERTY_BYTES * count : 24 + 8 * count
}

/** Room in V8's hash tables: a power of two. */
function capacity(size: number): number {
  return Math.max(4, 2 ** Math.ceil(Math.log2(Math.max(1, size))))
}
