import type { Codec } from '../codec/codec.ts'
import { LoadFailedElsewhereError, type ToldError } from '../errors.ts'

/** The codec's format. */
const HEAD_BYTES = 4

/** A failure that the shared tier tells of. */
export interface ToldFailure {
  /** Which one it is, for those who know it. */
  readonly id: string | undefined
  /** For those who do not. */
  readonly error: Error
}

/**
 * Makes bytes of an error, for processes that wait for this one's load. They pass through the cache's codec: what is encrypted
 * for values is encrypted for errors. The first bytes say how the others were made.
 *
 * @param id Unique for each failure: this process will recognise its own.
 */
export async function encodeError(codec: Codec, key: string, error: unknown, id: string): Promise<Uint8Array> {
  const { format, body } = await codec.encode(key, { ...tell(error), id })
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeInt32BE(format)
  return Buffer.concat([head, body])
}

/** The other way round. Bytes that cannot be read say that, too. */
export async function decodeError(codec: Codec, key: string, ownKey: string, body: Uint8Array): Promise<ToldFailure> {
  let told: Partial<ToldError & { id: string }> | undefined
  try {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    told = (await codec.decode(key, bytes.readInt32BE(0), bytes.subarray(HEAD_BYTES))) as typeof told
  } catch {
    // Another version's words. That it failed is still true.
  }
  const error = new LoadFailedElsewhereError(ownKey, {
    name: typeof told?.name === 'string' ? told.name : 'Error',
    message: typeof told?.message === 'string' ? told.message : 'it did not say why',
    code: typeof told?.code === 'string' ? told.code : undefined,
  })
  return { error, id: typeof told?.id === 'string' ? told.id : undefined }
}

function tell(error: unknown): ToldError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error).slice(0, 1_000) }
  const { code } = error as { code?: unknown }
  return {
    name: String(error.name),
    message: String(error.message).slice(0, 1_000),
    ...(typeof code === 'string' ? { code } : {}),
  }
}
