import { createCipheriv, createDecipheriv, createSecretKey, KeyObject, randomBytes } from 'node:crypto'

/** Makes bytes unreadable for others, and notices what others changed. */
export interface Encryptor {
  /**
   * Makes bytes unreadable.
   *
   * @param bytes A serialised, perhaps compressed value.
   * @param context What it belongs to. Not secret: it need not be kept, only be proved by `decrypt`.
   */
  encrypt(bytes: Buffer, context: string): Uint8Array | Promise<Uint8Array>
  /**
   * Makes them readable again.
   *
   * @param bytes What `encrypt` returned, or anything at all.
   * @param context What it must belong to.
   * @throws {Error} If it was not made by one of the keys, for exactly this.
   */
  decrypt(bytes: Buffer, context: string): Uint8Array | Promise<Uint8Array>
}

/** A secret and what it is called. */
export interface EncryptionKey {
  /** Stored beside each value to find the key again: 1 to 64 printable ASCII characters, nothing secret. */
  readonly id: string
  /** 32 random bytes, such as of `crypto.randomBytes(32)`. No password. They are copied. */
  readonly key: Uint8Array | KeyObject
}

/** Options of `createEncryptor`. */
export interface EncryptorOptions {
  /** The first one encrypts, all of them decrypt. To rotate: put the new one second everywhere, then first, then drop the old. */
  readonly keys: readonly EncryptionKey[]
}

const VERSION = 1
const IV_BYTES = 12
const TAG_BYTES = 16

/**
 * Creates an encryptor on `node:crypto`: AES-256-GCM, a random 96-bit IV for each value, and the value's cache key bound in, so
 * that a value which was changed, or put under another key, is unreadable. It takes what it takes on this thread: about 10 us and
 * 1 ms for each MiB.
 *
 * Somebody who may write to the shared tier can still delete values, put old ones of the same key back, and change how long
 * they live and which tags they have. Values that were compressed show by their length how well they did.
 *
 * Rotate a key before it has encrypted 2^32 values: random IVs may meet after that.
 *
 * @param options The keys.
 * @returns An encryptor; any number of codecs may share it.
 * @throws {TypeError | RangeError} If a key is wrong. No message has anything of a key but its id.
 * @see NIST SP 800-38D, section 8.3, for the limit.
 *
 * @example
 * ```ts
 * const encryptor = createEncryptor({ keys: [{ id: '2', key: newKey }, { id: '1', key: oldKey }] })
 * const cache = createCache({ name: 'users', shared, encryptor })
 * ```
 */
export function createEncryptor({ keys }: EncryptorOptions): Encryptor {
  const secrets = resolveKeys(keys)
  const [first] = secrets
  if (first === undefined) throw new RangeError('Expected `keys` to have at least one key, got none')
  const [firstId, firstSecret] = first
  const head = Buffer.concat([Buffer.from([VERSION, firstId.length]), Buffer.from(firstId, 'latin1')])

  return {
    encrypt(bytes, context) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', firstSecret, iv, { authTagLength: TAG_BYTES })
      cipher.setAAD(Buffer.from(context))
      const body = cipher.update(bytes)
      return Buffer.concat([head, iv, body, cipher.final(), cipher.getAuthTag()])
    },
    decrypt(bytes, context) {
      const ivAt = 2 + (bytes[1] ?? 0)
      if (bytes[0] !== VERSION || bytes.length < ivAt + IV_BYTES + TAG_BYTES)
        throw new UndecryptableError('ERR_NOT_ENCRYPTED')
      const secret = secrets.get(bytes.toString('latin1', 2, ivAt))
      if (secret === undefined) throw new UndecryptableError('ERR_UNKNOWN_KEY')
      const iv = bytes.subarray(ivAt, ivAt + IV_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', secret, iv, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      const body = decipher.update(bytes.subarray(ivAt + IV_BYTES, -TAG_BYTES))
      try {
        decipher.final()
      } catch {
        throw new UndecryptableError('ERR_NOT_AUTHENTIC')
      }
      return body
    },
  }
}

/** Never leaves the package: the codec makes of it that a value is unreadable. */
class UndecryptableError extends Error {
  readonly code: `ERR_${string}`

  constructor(code: `ERR_${string}`) {
    super('Cannot decrypt')
    this.code = code
  }
}

function resolveKeys(keys: readonly EncryptionKey[]): Map<string, KeyObject> {
  if (!Array.isArray(keys)) throw new TypeError('Expected `keys` to be an array of keys')
  const secrets = new Map<string, KeyObject>()
  for (const [index, given] of (keys as readonly (EncryptionKey | undefined)[]).entries()) {
    const { id, key } = given ?? { id: undefined, key: undefined }
    if (typeof id !== 'string' || !/^[ -~]{1,64}$/.test(id))
      throw new TypeError(`Expected \`keys[${index}].id\` to be 1 to 64 printable ASCII characters`)
    if (secrets.has(id))
      throw new RangeError(`Expected \`keys[${index}].id\` to differ from the others, got "${id}" again`)
    secrets.set(id, secretOf(`keys[${index}].key`, key))
  }
  return secrets
}

function secretOf(name: string, key: Uint8Array | KeyObject | undefined): KeyObject {
  const isKey = key instanceof KeyObject && key.type === 'secret'
  if (!isKey && !(key instanceof Uint8Array))
    throw new TypeError(`Expected \`${name}\` to be bytes or a secret KeyObject`)
  const secret = isKey ? key : createSecretKey(key as Uint8Array)
  if (secret.symmetricKeySize !== 32)
    throw new RangeError(`Expected \`${name}\` to have 32 bytes, got ${secret.symmetricKeySize}`)
  return secret
}
