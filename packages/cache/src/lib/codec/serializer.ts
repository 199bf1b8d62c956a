import { findObstacle } from './obstacle.ts'

/** Turns values into bytes and back. Synchronous; values that it cannot keep it has to refuse. */
export interface Serializer {
  /**
   * Names the format, in all processes that share values. Change it with the format, such as by a number at its end: values
   * under another name count as missing.
   *
   * @defaultValue `'custom'`
   */
  readonly name?: string | undefined
  /**
   * @param value Anything but `undefined`.
   * @returns Text or bytes.
   * @throws {TypeError} Better a {@link NotSerialisableError}, if there is no way.
   */
  serialize(value: unknown): string | Uint8Array
  /**
   * @param bytes What `serialize` returned, or anything at all: somebody else may have written it.
   * @throws {Error} If it is nothing of this serializer's. What it is does not matter.
   */
  deserialize(bytes: Buffer): unknown
}

/** Thrown by a serializer for a value that it cannot keep. The codec adds the key. */
export class NotSerialisableError extends TypeError {
  /** The format, as in "serialisable as JSON". */
  readonly format: string
  /** What was met, without what it holds, such as `a function at value.run`. */
  readonly obstacle: string

  /**
   * @param format The format, as in "serialisable as JSON".
   * @param obstacle What was met, without what it holds.
   * @param options What the value's own `toJSON` or getter threw, as `cause`.
   */
  constructor(format: string, obstacle: string, options?: ErrorOptions) {
    super(`Expected the value to be serialisable as ${format}, got ${obstacle}`, options)
    this.format = format
    this.obstacle = obstacle
  }
}

/**
 * JSON, the default. Refuses what JSON would turn into something else as a whole, such as a `Map`, `NaN` or a function; inside
 * of a value it does what `JSON.stringify` does, as looking for that would cost more than the serialising.
 */
export const jsonSerializer: Serializer = {
  name: 'json',
  serialize(value) {
    const what = unlikeItsJson(value)
    if (what !== undefined) throw new NotSerialisableError('JSON', what)
    let json: string | undefined
    try {
      json = JSON.stringify(value)
    } catch (error) {
      throw whyNoJson(value, error)
    }
    if (json === undefined) throw new NotSerialisableError('JSON', 'an object whose toJSON() returns none')
    return json
  },
  deserialize: (bytes) => JSON.parse(bytes.toString()) as unknown,
}

/** What the whole must not be. */
function unlikeItsJson(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${value}, which JSON turns into null`
  if (typeof value !== 'object') return notJson(value)
  if (value === null || Array.isArray(value)) return undefined
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return undefined
  // A promise is one that somebody forgot to await.
  for (const type of [Promise, Map, Set, WeakMap, WeakSet, WeakRef, RegExp, ArrayBuffer, SharedArrayBuffer, Error])
    if (value instanceof type && !('toJSON' in value))
      return `${/^[AE]/.test(type.name) ? 'an' : 'a'} ${type.name}, which JSON does not keep`
  return ArrayBuffer.isView(value) ? 'bytes, which JSON does not keep' : undefined
}

function notJson(value: unknown): string | undefined {
  if (value === undefined) return 'undefined'
  if (typeof value === 'bigint') return 'a BigInt'
  return typeof value === 'function' || typeof value === 'symbol' ? `a ${typeof value}` : undefined
}

function whyNoJson(value: unknown, error: unknown): NotSerialisableError {
  const isBigInt = (part: unknown) => (typeof part === 'bigint' ? 'a BigInt' : undefined)
  const obstacle = findQuietly(() => findObstacle(value, isBigInt, false))
  if (obstacle?.startsWith('a getter') !== true && obstacle !== undefined)
    return new NotSerialisableError('JSON', obstacle)
  if (error instanceof RangeError)
    return new NotSerialisableError('JSON', 'something that is too large or nests too deeply', { cause: error })
  return new NotSerialisableError('JSON', obstacle ?? 'something whose toJSON() throws', { cause: error })
}

/**
 * A search that proxies and getters cannot break.
 *
 * @param find The search.
 */
export function findQuietly(find: () => string | undefined): string | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}
