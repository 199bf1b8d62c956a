import type { FileHandle } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import type { ByteSource } from './source.ts'

/** Bytes that are read at a time. They may become a thousand times as many, which then wait to be taken. */
const PACKED_BYTES = 16_384
const UNPACKED_BYTES = 65_536

/**
 * The bytes of a compressed file, uncompressed. Of a file that lacks its end, all that is there is read; of a damaged one, all but the
 * last 64 KiB before the damage.
 *
 * The stream is fed by hand, because one that is iterated over drops what it has ready when it fails.
 *
 * @param file An open file.
 * @param onDamage Is told why not all of it could be read.
 */
export function gzipSource(file: FileHandle, onDamage: (error: Error) => void): ByteSource {
  const gunzip = createGunzip({ chunkSize: UNPACKED_BYTES })
  const packed = Buffer.allocUnsafeSlow(PACKED_BYTES)
  const ready: Buffer[] = []
  let position = 0
  let isOver = false
  let wake = (): void => {}
  gunzip.on('data', (piece: Buffer) => ready.push(piece))
  gunzip.on('error', (error) => {
    onDamage(error)
    end()
  })
  // Where something else follows what was compressed, it ends without having called back, and is not closed.
  gunzip.on('end', end)
  gunzip.on('close', end)

  function end(): void {
    isOver = true
    wake()
  }

  async function unpackSome(): Promise<void> {
    const { bytesRead } = await file.read(packed, 0, packed.length, position)
    position += bytesRead
    if (isOver) return
    await new Promise<void>((resolve) => {
      wake = resolve
      if (bytesRead > 0) gunzip.write(packed.subarray(0, bytesRead), () => resolve())
      else gunzip.end()
    })
  }

  return {
    async read(into) {
      // What is ready comes without waiting, and there may be a lot of it: others have their turn nevertheless.
      if (ready.length > 0) await setImmediate()
      while (ready.length === 0 && !isOver) await unpackSome()
      let length = 0
      for (let piece = ready[0]; piece !== undefined && length < into.length; piece = ready[0]) {
        const copied = piece.copy(into, length)
        length += copied
        if (copied === piece.length) ready.shift()
        else ready[0] = piece.subarray(copied)
      }
      return length
    },
    close() {
      gunzip.destroy()
    },
  }
}
