import { deserialize, serialize } from 'node:v8'
import { findObstacle } from './obstacle.ts'
import { findQuietly, NotSerialisableError, type Serializer } from './serializer.ts'

/**
 * Creates a serializer that keeps what the structured clone algorithm keeps, on `node:v8`: `Date`, `Map`, `Set`, `BigInt`,
 * `RegExp`, `Error`, typed arrays, `undefined` inside of values, and cycles. Instances of classes come back as plain objects.
 *
 * Its bytes are V8's own: an older Node.js may find those of a newer one unreadable, which is a miss.
 *
 * @returns A serializer.
 *
 * @example
 * ```ts
 * const cache = createCache({ name: 'users', shared, serializer: createStructuredSerializer() })
 * ```
 */
export function createStructuredSerializer(): Serializer {
  return {
    name: 'structured',
    serialize(value) {
      try {
        return serialize(value)
      } catch {
        // What V8 throws quotes the source of functions, so it is no cause.
        const obstacle = findQuietly(() => findObstacle(value, uncloneable, true))
        throw new NotSerialisableError('a structured clone', obstacle ?? 'something that cannot be cloned')
      }
    },
    deserialize(bytes) {
      // Buffers come back as views of what they are read from, which may be a slice of a much larger one.
      const own = Buffer.allocUnsafeSlow(bytes.byteLength)
      own.set(bytes)
      return deserialize(own) as unknown
    },
  }
}

function uncloneable(value: unknown): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  for (const type of [Promise, WeakMap, WeakSet, WeakRef]) if (value instanceof type) return `a ${type.name}`
  return undefined
}
