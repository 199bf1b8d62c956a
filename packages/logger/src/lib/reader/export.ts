import { type Batch, forwardBatches, type Scan } from './scan.ts'

/** Chunks are not smaller, save the last one. */
const CHUNK_BYTES = 65_536
const NEWLINE = Buffer.from('\n')

/** What meets the query, byte by byte as it was written, each line with its newline. */
export async function* exportBytes(scan: Scan): AsyncGenerator<Uint8Array, void, undefined> {
  let parts: Buffer[] = []
  let length = 0
  for await (const batch of forwardBatches(scan)) {
    const bytes = copyOf(batch)
    parts.push(bytes)
    length += bytes.length
    if (length < CHUNK_BYTES) continue
    yield Buffer.concat(parts, length)
    parts = []
    length = 0
  }
  if (length > 0) yield Buffer.concat(parts, length)
}

/** The block it stands in is used again for the next one. */
function copyOf({ block: { bytes }, hits }: Batch): Buffer {
  return Buffer.concat(
    hits.flatMap(({ start, end }) =>
      end < bytes.length ? [bytes.subarray(start, end + 1)] : [bytes.subarray(start, end), NEWLINE],
    ),
  )
}
