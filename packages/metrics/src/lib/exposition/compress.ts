import { pipeline } from 'node:stream'
import { constants, createGzip } from 'node:zlib'

/**
 * Compresses as it is read, outside the event loop.
 *
 * At the fastest level: names repeat on each line, and the slower levels take three times as long to save a few percent.
 *
 * @param pieces What to compress.
 */
export async function* compress(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED })
  // What fails is thrown to who reads.
  pipeline(pieces, gzip, () => {})
  yield* gzip
}
