import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Codec, createCodec, type Encoded } from '../src/lib/codec/codec.ts'
import { createCompressor } from '../src/lib/codec/compressor.ts'
import { createEncryptor } from '../src/lib/codec/encryptor.ts'
import { isValueUnreadableError, ValueUnreadableError } from '../src/lib/codec/errors.ts'
import type { Serializer } from '../src/lib/codec/serializer.ts'
import { createStructuredSerializer } from '../src/lib/codec/structured-serializer.ts'

const key = 'user:1'
const secret = randomBytes(32)
const encryptor = createEncryptor({ keys: [{ id: '1', key: secret }] })
const structured = createCodec({ serializer: createStructuredSerializer() })

const codecs: Readonly<Record<string, Codec>> = {
  'of JSON': createCodec(),
  'with gzip': createCodec({ compressor: createCompressor() }),
  'with deflate': createCodec({ compressor: createCompressor({ algorithm: 'deflate', overBytes: 0 }) }),
  'with brotli': createCodec({ compressor: createCompressor({ algorithm: 'brotli', overBytes: 10 }) }),
  'with encryption': createCodec({ encryptor }),
  'with everything': createCodec({
    serializer: createStructuredSerializer(),
    compressor: createCompressor({ algorithm: 'brotli', overBytes: 100 }),
    encryptor,
  }),
}

const large = Array.from({ length: 20_000 }, (_, id) => ({ id, title: `title ${id} ✓` }))

async function roundTrip(codec: Codec, value: unknown): Promise<unknown> {
  const { format, body } = await codec.encode(key, value)
  return await codec.decode(key, format, body)
}

async function decoding(codec: Codec, encoded: Encoded, of = key): Promise<unknown> {
  try {
    return await codec.decode(of, encoded.format, encoded.body)
  } catch (error) {
    return error
  }
}

async function encodingError(codec: Codec, value: unknown): Promise<unknown> {
  try {
    return await codec.encode(key, value)
  } catch (error) {
    return error
  }
}

describe.for(Object.entries(codecs))('createCodec() %s', ([, codec]) => {
  test.for([
    ['null', null],
    ['a number', 1.5],
    ['an empty text', ''],
    ['a text beyond Latin-1 with a lone surrogate', 'жизнь ✓ \ud800'],
    ['false', false],
    ['a record', { id: 1, tags: ['a'], owner: { name: 'Ada' } }],
    ['a long text', 'ab'.repeat(5_000)],
    ['a large list', large],
    ['bytes that cannot be compressed', randomBytes(3_000).toString('latin1')],
  ] as const)('gives back %s', async ([, value]) => {
    expect(await roundTrip(codec, value)).toEqual(value)
  })

  test('finds every cut and many changed bytes unreadable, or another value, but never crashes', async () => {
    const encoded = await codec.encode(key, { id: 1, text: 'x'.repeat(300), nested: [1, 2, { a: null }] })
    for (let length = 0; length < encoded.body.length; length++)
      expect(await decoding(codec, { ...encoded, body: encoded.body.subarray(0, length) })).toBeInstanceOf(
        ValueUnreadableError,
      )
    for (let at = 0; at < encoded.body.length; at++) {
      const body = Uint8Array.from(encoded.body)
      body[at] = (body[at] ?? 0) ^ (1 << (at % 8))
      const result = await decoding(codec, { ...encoded, body })
      if (result instanceof Error) expect(result).toBeInstanceOf(ValueUnreadableError)
    }
  })

  test('finds bytes of anybody else unreadable', async () => {
    const { format } = await codec.encode(key, 'x'.repeat(2_000))
    for (let length = 0; length < 200; length++)
      expect(await decoding(codec, { format, body: randomBytes(length) })).toSatisfy(
        (result) => result instanceof ValueUnreadableError || !(result instanceof Error),
      )
  })

  test.for([-1, 0.5, Number.NaN, 2 ** 31, 2 ** 40 + 1, 0x7fff0000])(
    'finds the format %s unreadable',
    async (format) => {
      const { body } = await codec.encode(key, 'a')
      expect(await decoding(codec, { format, body })).toBeInstanceOf(ValueUnreadableError)
    },
  )
})

describe('encode()', () => {
  test('answers at once for what needs no thread', () => {
    expect(createCodec().encode(key, { a: 1 })).toEqual({ format: 0, body: Buffer.from('{"a":1}') })
    expect(codecs['with everything']?.encode(key, 'x'.repeat(1_000))).not.toBeInstanceOf(Promise)
  })
  test('hands large values to a thread', async () => {
    const encoding = codecs['with gzip']?.encode(key, large)
    expect(encoding).toBeInstanceOf(Promise)
    expect((await encoding)?.body.length).toBeLessThan(JSON.stringify(large).length / 4)
  })
  test('leaves small values and those that do not get smaller as they are', async () => {
    const codec = createCodec({ compressor: createCompressor({ overBytes: 50 }) })
    expect((await codec.encode(key, 'a'.repeat(48))).format).toBe(0)
    expect((await codec.encode(key, 'a'.repeat(49))).format).not.toBe(0)
    expect((await codec.encode(key, randomBytes(60).toString('base64'))).format).toBe(0)
    expect((await codec.encode(key, randomBytes(100_000).toString('latin1'))).format).not.toBe(0)
    const noise: Serializer = { serialize: () => randomBytes(100_000), deserialize: () => 1 }
    const plain = createCodec({ serializer: noise }).encode(key, 1) as Encoded
    const tried = await createCodec({ serializer: noise, compressor: createCompressor() }).encode(key, 1)
    expect(tried.format).toBe(plain.format)
  })

  const circular: Record<string, unknown> = { name: 'secret' }
  circular.child = { parents: [circular] }
  const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000)) as unknown
  const broken = new Error('broken')

  test.for([
    ['undefined', undefined, 'got undefined'],
    ['a function', () => 'secret', 'got a function'],
    ['a symbol', Symbol('secret'), 'got a symbol'],
    ['a BigInt', 12345n, 'got a BigInt'],
    ['NaN', Number.NaN, 'got NaN, which JSON turns into null'],
    ['Infinity', Number.POSITIVE_INFINITY, 'got Infinity, which JSON turns into null'],
    ['a circular structure', circular, 'got a circular structure at value.child.parents[0]'],
    ['a BigInt inside', { 'a b': [{ amount: 5n }] }, 'got a BigInt at value["a b"][0].amount'],
    ['a promise', Promise.resolve('secret'), 'got a Promise, which JSON does not keep'],
    ['a Map', new Map([['secret', 1]]), 'got a Map, which JSON does not keep'],
    ['a Set', new Set(['secret']), 'got a Set, which JSON does not keep'],
    ['an Error', new TypeError('secret'), 'got an Error, which JSON does not keep'],
    ['bytes', new Uint8Array([1]), 'got bytes, which JSON does not keep'],
    ['a Buffer', Buffer.from('secret'), 'got bytes, which JSON does not keep'],
    ['an object whose JSON is none', { toJSON: (): unknown => undefined }, 'got an object whose toJSON() returns none'],
    ['too deep a structure', deep, 'got something that is too large or nests too deeply'],
  ] as const)('refuses %s as JSON', async ([, value, text]) => {
    const error = await encodingError(createCodec(), value)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toBe(`Expected the value of "user:1" to be serialisable as JSON, ${text}`)
    expect(inspect(error)).not.toContain('secret')
  })

  test.for([
    [
      'undefined as a whole is kept from a cache by decode()',
      new Map([['run', () => 'secret']]),
      'something that cannot be cloned',
    ],
    ['a function inside', { a: [{ run: () => 'secret' }] }, 'a function at value.a[0].run'],
    ['a promise', Promise.resolve('secret'), 'a Promise'],
    ['a symbol', Symbol('secret'), 'a symbol'],
    ['a WeakMap', { map: new WeakMap() }, 'a WeakMap at value.map'],
  ] as const)('refuses as a structured clone: %s', async ([, value, text]) => {
    const error = await encodingError(structured, value)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toBe(
      `Expected the value of "user:1" to be serialisable as a structured clone, got ${text}`,
    )
    expect(inspect(error)).not.toContain('secret')
  })

  test('gives what toJSON() threw as the cause', async () => {
    const value = {
      toJSON(): never {
        throw broken
      },
    }
    expect(await encodingError(createCodec(), { value })).toMatchObject({
      message: 'Expected the value of "user:1" to be serialisable as JSON, got something whose toJSON() throws',
      cause: broken,
    })
  })
  test('says where a getter threw', async () => {
    const value = {
      get name(): never {
        throw broken
      },
    }
    expect(await encodingError(createCodec(), [value])).toMatchObject({
      message: 'Expected the value of "user:1" to be serialisable as JSON, got a getter that throws at value[0].name',
      cause: broken,
    })
  })
  test('shortens long keys in messages', () => {
    expect(() => createCodec().encode('k'.repeat(1_000), 1n)).toThrow(/^.{1,200}$/)
  })
  test('refuses what a serializer must not return', async () => {
    const codec = createCodec({ serializer: { serialize: () => 5 as unknown as string, deserialize: () => 1 } })
    expect(await encodingError(codec, 1)).toBeInstanceOf(TypeError)
  })
  test('gives what a serializer threw as the cause', async () => {
    const serialize = () => {
      throw broken
    }
    const codec = createCodec({ serializer: { name: 'mine', serialize, deserialize: () => 1 } })
    expect(await encodingError(codec, 1)).toMatchObject({
      name: 'TypeError',
      message: 'Expected the value of "user:1" to be serialisable by the serializer "mine", which threw',
      cause: broken,
    })
  })
})

describe('decode()', () => {
  test('never shows what it read', async () => {
    const error = await decoding(createCodec(), { format: 0, body: Buffer.from('{"password": secret}') })
    expect(isValueUnreadableError(error)).toBe(true)
    expect(inspect(error)).not.toMatch(/secret|password/)
    expect(error).toMatchObject({
      code: 'ERR_VALUE_UNREADABLE',
      key,
      step: 'serializer',
      message: 'Cannot read the value of "user:1" as it cannot be deserialised (SyntaxError): it counts as missing',
    })
  })
  test('finds undefined unreadable', async () => {
    const { format, body } = await structured.encode(key, undefined)
    expect(await decoding(structured, { format, body })).toBeInstanceOf(ValueUnreadableError)
  })
  test('finds values of another serializer unreadable', async () => {
    expect(await decoding(structured, await createCodec().encode(key, 1))).toMatchObject({ step: 'format' })
    expect(await decoding(createCodec(), await structured.encode(key, 1))).toMatchObject({ step: 'format' })
  })
  test('finds values of another compressor unreadable', async () => {
    const encoded = await createCodec({ compressor: createCompressor() }).encode(key, 'a'.repeat(2_000))
    expect(await decoding(createCodec(), encoded)).toMatchObject({ step: 'format' })
    const brotli = createCodec({ compressor: createCompressor({ algorithm: 'brotli' }) })
    expect(await decoding(brotli, encoded)).toMatchObject({ step: 'format' })
  })
  test('reads plain values when a compressor is added', async () => {
    const encoded = await createCodec().encode(key, 'a'.repeat(2_000))
    expect(await decoding(createCodec({ compressor: createCompressor() }), encoded)).toBe('a'.repeat(2_000))
  })
  test('finds plain values unreadable where it encrypts', async () => {
    expect(await decoding(createCodec({ encryptor }), await createCodec().encode(key, 1))).toMatchObject({
      step: 'format',
    })
  })
  test('does not mind values that are part of a larger buffer', async () => {
    const { format, body } = await structured.encode(key, { bytes: Buffer.from('abc') })
    const larger = new Uint8Array(100_000)
    larger.set(body, 51)
    const value = structured.decode(key, format, larger.subarray(51, 51 + body.length)) as { bytes: Uint8Array }
    expect(value.bytes).toEqual(Buffer.from('abc'))
    expect(value.bytes.buffer.byteLength).toBeLessThan(200)
  })
})

describe('createStructuredSerializer()', () => {
  test('keeps what JSON does not', async () => {
    const value: Record<string, unknown> = {
      date: new Date(1),
      map: new Map([[1, new Set(['a'])]]),
      big: 10n ** 30n,
      none: undefined,
      not: Number.NaN,
      bytes: new Float32Array([1.5]),
      pattern: /a/g,
    }
    value.self = value
    expect(await roundTrip(structured, value)).toEqual(value)
  })
})

describe('createCompressor()', () => {
  const bomb = gzipSync(JSON.stringify('a'.repeat(5_000_000)))
  test.for([10, 100_000, 4_000_000])('does not unpack more than maxBytes: %s', async (maxBytes) => {
    const codec = createCodec({ compressor: createCompressor({ maxBytes }) })
    const { format } = await codec.encode(key, 'a'.repeat(2_000))
    const error = await decoding(codec, { format, body: bomb })
    expect(error).toMatchObject({ step: 'compression' })
    expect((error as Error).message).toContain('ERR_BUFFER_TOO_LARGE')
  })
  test('unpacks small bytes that hold much on a thread', async () => {
    const codec = createCodec({ compressor: createCompressor() })
    const { format } = await codec.encode(key, 'a'.repeat(2_000))
    const decoded = codec.decode(key, format, bomb)
    expect(decoded).toBeInstanceOf(Promise)
    expect(await decoded).toBe('a'.repeat(5_000_000))
  })
  test.for([
    [{ algorithm: 'zip' as 'gzip' }, 'Expected `algorithm` to be one of "gzip", "brotli", "deflate", got "zip"'],
    [{ overBytes: -1 }, 'Expected `overBytes` to be an integer of at least 0, got -1'],
    [{ maxBytes: 0 }, 'Expected `maxBytes` to be a positive integer, got 0'],
  ] as const)('refuses %s', ([options, message]) => {
    expect(() => createCompressor(options)).toThrow(message)
  })
})

describe('createEncryptor()', () => {
  const codec = createCodec({ encryptor })
  test('makes equal values different bytes, that show nothing', async () => {
    const [one, two] = [await codec.encode(key, 'secret'), await codec.encode(key, 'secret')]
    expect(one.body).not.toEqual(two.body)
    expect(Buffer.from(one.body).includes('secret')).toBe(false)
  })
  test('binds a value to its key', async () => {
    expect(await decoding(codec, await codec.encode(key, 1), 'user:2')).toMatchObject({ step: 'encryption' })
  })
  test('binds a value to its cache', async () => {
    const other = createCodec({ name: 'other', encryptor })
    expect(await decoding(other, await codec.encode(key, 1))).toMatchObject({ step: 'encryption' })
  })
  test('binds a value to its format', async () => {
    const both = createCodec({ encryptor, compressor: createCompressor() })
    const small = await both.encode(key, 1)
    const { format } = await both.encode(key, 'a'.repeat(2_000))
    expect(await decoding(both, { format, body: small.body })).toMatchObject({ step: 'encryption' })
  })
  test('notices every changed bit', async () => {
    const encoded = await codec.encode(key, 'a value')
    for (let bit = 0; bit < encoded.body.length * 8; bit++) {
      const body = Uint8Array.from(encoded.body)
      body[bit >> 3] = (body[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await decoding(codec, { ...encoded, body })).toMatchObject({ step: 'encryption' })
    }
  })
  test('reads what older keys encrypted, and encrypts with the first', async () => {
    const older = await codec.encode(key, 'old')
    const [newer, both] = [randomBytes(32), randomBytes(32)].map((bytes, index) =>
      createCodec({
        encryptor: createEncryptor({
          keys: [
            { id: `new ${index}`, key: bytes },
            { id: '1', key: secret },
          ],
        }),
      }),
    ) as [Codec, Codec]
    expect(await decoding(newer, older)).toBe('old')
    const encoded = await newer.encode(key, 'new')
    expect(await decoding(newer, encoded)).toBe('new')
    expect(await decoding(codec, encoded)).toMatchObject({ message: expect.stringContaining('ERR_UNKNOWN_KEY') })
    expect(await decoding(both, encoded)).toMatchObject({ step: 'encryption' })
  })
  test('does not follow changes of the bytes it was given', async () => {
    const bytes = randomBytes(32)
    const own = createCodec({ encryptor: createEncryptor({ keys: [{ id: 'a', key: bytes }] }) })
    const encoded = await own.encode(key, 1)
    bytes.fill(0)
    expect(await decoding(own, encoded)).toBe(1)
  })
  test.for([
    ['no keys', []],
    ['a short key', [{ id: 'a', key: Buffer.from('hunter2') }]],
    ['a text', [{ id: 'a', key: 'hunter2'.repeat(6) as unknown as Buffer }]],
    ['no id', [{ id: '', key: secret }]],
    [
      'an id twice',
      [
        { id: 'a', key: secret },
        { id: 'a', key: secret },
      ],
    ],
    ['nothing in place of a key', [undefined as unknown as { id: string; key: Buffer }]],
  ] as const)('refuses %s', ([, keys]) => {
    let error: unknown
    try {
      createEncryptor({ keys })
    } catch (caught) {
      error = caught
    }
    expect((error as Error).message).toMatch(/^Expected `keys/)
    expect(inspect(error)).not.toContain('hunter2')
  })
})
