import { callable, nonEmptyString } from '@breakwater/core'
import type { Compressor } from './compressor.ts'
import type { Encryptor } from './encryptor.ts'
import { codeOf, quoted, type UnreadableStep, ValueUnreadableError } from './errors.ts'
import { compressorOf, FORMATS, formatOf, isEncrypted, serializerOf, tagOf } from './format.ts'
import { jsonSerializer, type NotSerialisableError, type Serializer } from './serializer.ts'

/** Options of `createCodec`. */
export interface CodecOptions {
  /**
   * Name of the cache. It is bound into what is encrypted, so that a value cannot be put into another cache.
   *
   * @defaultValue `'cache'`
   */
  readonly name?: string | undefined
  /**
   * How values become bytes.
   *
   * @defaultValue `jsonSerializer`
   */
  readonly serializer?: Serializer | undefined
  /**
   * How bytes become fewer, see `createCompressor`.
   *
   * @defaultValue none
   */
  readonly compressor?: Compressor | undefined
  /**
   * How bytes become unreadable for others, see `createEncryptor`. With it, values that are not encrypted count as missing.
   *
   * @defaultValue none
   */
  readonly encryptor?: Encryptor | undefined
}

/** A value as bytes. */
export interface Encoded {
  /** How the bytes were made: an integer from 0 to 2^31-1, for {@link Codec.decode}. */
  readonly format: number
  /** The bytes. */
  readonly body: Uint8Array
}

/** Turns values into what a shared tier stores, and back. */
export interface Codec {
  /**
   * @param key Key of the value, for errors and to bind an encrypted value to it.
   * @param value Anything that the serializer can keep.
   * @returns At once, unless it was compressed or encrypted by something that takes its time.
   * @throws {TypeError} If it cannot be serialised. Nothing of the value is in the message but names of properties.
   */
  encode(key: string, value: unknown): Encoded | Promise<Encoded>
  /**
   * @param key Key that it was found under.
   * @param format As `encode` told it.
   * @param body As `encode` made it, or anything at all.
   * @returns The value: never `undefined`. At once if `encode` would be.
   * @throws {ValueUnreadableError} If that is no value of this codec; thrown or rejected with.
   */
  decode(key: string, format: number, body: Uint8Array): unknown
}

/**
 * Creates a codec: serialise, then compress, then encrypt.
 *
 * All processes that share values need equal ones. One that differs in its serializer, compressor or keys finds the values
 * of the others unreadable, which a cache takes for misses.
 *
 * @param options What it is made of.
 * @returns A codec without state.
 * @throws {TypeError} If a part lacks a method.
 *
 * @example
 * ```ts
 * const codec = createCodec({ compressor: createCompressor() })
 * const { format, body } = await codec.encode('user:1', { name: 'Ada' })
 * const user = await codec.decode('user:1', format, body)
 * ```
 */
export function createCodec(options: CodecOptions = {}): Codec {
  return new PipelineCodec(options)
}

class PipelineCodec implements Codec {
  readonly #name: string
  readonly #serializer: Serializer
  readonly #compressor: Compressor | undefined
  readonly #encryptor: Encryptor | undefined
  readonly #serializerTag: number
  readonly #compressorTag: number
  /** The format of what is neither compressed nor encrypted. */
  readonly #plainFormat: number

  constructor({ name = 'cache', serializer = jsonSerializer, compressor, encryptor }: CodecOptions) {
    callable('serializer.serialize', serializer.serialize)
    callable('serializer.deserialize', serializer.deserialize)
    if (compressor !== undefined) {
      callable('compressor.compress', compressor.compress)
      callable('compressor.decompress', compressor.decompress)
    }
    if (encryptor !== undefined) {
      callable('encryptor.encrypt', encryptor.encrypt)
      callable('encryptor.decrypt', encryptor.decrypt)
    }
    this.#name = nonEmptyString('name', name)
    this.#serializer = serializer
    this.#compressor = compressor
    this.#encryptor = encryptor
    this.#serializerTag = tagOf(nonEmptyString('serializer.name', serializer.name ?? 'custom'))
    this.#compressorTag = compressor === undefined ? 0 : tagOf(nonEmptyString('compressor.name', compressor.name))
    this.#plainFormat = formatOf(this.#serializerTag, 0, false)
  }

  encode(key: string, value: unknown): Encoded | Promise<Encoded> {
    const bytes = this.#serialize(key, value)
    const compressed = this.#compressor?.compress(bytes)
    return after(compressed, (fewer) =>
      this.#encrypt(key, fewer ?? bytes, fewer === undefined ? 0 : this.#compressorTag),
    )
  }

  decode(key: string, format: number, body: Uint8Array): unknown {
    if (format === this.#plainFormat && this.#encryptor === undefined) return this.#deserialize(key, body)
    this.#checkFormat(key, format)
    const bytes = this.#attempt(key, 'encryption', toBuffer(body), (bytes) =>
      this.#encryptor === undefined ? bytes : this.#encryptor.decrypt(bytes, this.#context(key, format)),
    )
    return after(bytes, (bytes) => {
      if (compressorOf(format) === 0) return this.#deserialize(key, bytes)
      const more = this.#attempt(
        key,
        'compression',
        toBuffer(bytes),
        (bytes) => this.#compressor?.decompress(bytes) ?? bytes,
      )
      return after(more, (more) => this.#deserialize(key, more))
    })
  }

  #serialize(key: string, value: unknown): Buffer {
    let serialised: string | Uint8Array
    try {
      serialised = this.#serializer.serialize(value)
    } catch (error) {
      throw this.#notSerialisable(key, error)
    }
    if (typeof serialised === 'string') return Buffer.from(serialised)
    if (serialised instanceof Uint8Array) return toBuffer(serialised)
    throw new TypeError(`Expected the serializer to return text or bytes for the value of ${quoted(key)}, got neither`)
  }

  #notSerialisable(key: string, error: unknown): TypeError {
    // By its fields: `instanceof` fails where two copies of this package share a process.
    const { format, obstacle, cause } = (error ?? {}) as Partial<NotSerialisableError>
    if (typeof format === 'string' && typeof obstacle === 'string')
      return new TypeError(
        `Expected the value of ${quoted(key)} to be serialisable as ${format}, got ${obstacle}`,
        cause === undefined ? undefined : { cause },
      )
    const name = this.#serializer.name ?? 'custom'
    return new TypeError(
      `Expected the value of ${quoted(key)} to be serialisable by the serializer "${name}", which threw`,
      {
        cause: error,
      },
    )
  }

  #encrypt(key: string, bytes: Uint8Array, compressorTag: number): Encoded | Promise<Encoded> {
    const format = formatOf(this.#serializerTag, compressorTag, this.#encryptor !== undefined)
    if (this.#encryptor === undefined) return { format, body: bytes }
    const encrypted = this.#encryptor.encrypt(toBuffer(bytes), this.#context(key, format))
    return after(encrypted, (body) => ({ format, body }))
  }

  /** What an encrypted value is bound to: with the format in it, nobody can have it read in another way either. */
  #context(key: string, format: number): string {
    return JSON.stringify([this.#name, key, format])
  }

  #checkFormat(key: string, format: number): void {
    if (!Number.isInteger(format) || format < 0 || format >= FORMATS)
      throw new ValueUnreadableError(key, 'format', 'its format is none')
    if (isEncrypted(format) !== (this.#encryptor !== undefined))
      throw new ValueUnreadableError(key, 'format', isEncrypted(format) ? 'it is encrypted' : 'it is not encrypted')
    if (compressorOf(format) !== 0 && compressorOf(format) !== this.#compressorTag)
      throw new ValueUnreadableError(key, 'format', 'it was made with another compressor')
    if (serializerOf(format) !== this.#serializerTag)
      throw new ValueUnreadableError(key, 'format', 'it was made by another serializer')
  }

  #deserialize(key: string, bytes: Uint8Array): unknown {
    const value = this.#attempt(key, 'serializer', toBuffer(bytes), (bytes) => this.#serializer.deserialize(bytes))
    if (value === undefined) throw new ValueUnreadableError(key, 'serializer', 'it is undefined')
    return value
  }

  #attempt<result>(key: string, step: UnreadableStep, bytes: Buffer, run: (bytes: Buffer) => result): result {
    const fail = (error: unknown) => {
      throw new ValueUnreadableError(key, step, `${failures[step]} (${codeOf(error)})`)
    }
    try {
      const result = run(bytes)
      return result instanceof Promise ? (result.catch(fail) as result) : result
    } catch (error) {
      return fail(error)
    }
  }
}

const failures: Readonly<Record<UnreadableStep, string>> = {
  format: 'its format is none',
  encryption: 'it cannot be decrypted',
  compression: 'it cannot be decompressed',
  serializer: 'it cannot be deserialised',
}

function after<value, result>(
  value: value | Promise<value>,
  next: (value: value) => result | Promise<result>,
): result | Promise<result> {
  return value instanceof Promise ? value.then(next) : next(value)
}

function toBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
