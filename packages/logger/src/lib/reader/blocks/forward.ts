import type { Tally } from '../tally.ts'
import { type AssemblerOptions, type Block, createAssembler } from './assembler.ts'
import type { ByteSource } from './source.ts'

/**
 * The lines of a source from front to back, in blocks.
 *
 * @param source Stands at the beginning of a line, and is closed at the end.
 * @param options Where that is in the file.
 */
export async function* forwardBlocks(
  source: ByteSource,
  options: AssemblerOptions,
  tally: Tally,
): AsyncGenerator<Block, void, undefined> {
  const assembler = createAssembler(options, tally)
  try {
    for (;;) {
      const count = await source.read(assembler.space())
      if (count === 0) break
      const block = assembler.take(count)
      if (block !== undefined) yield block
    }
    const rest = assembler.rest()
    if (rest !== undefined) yield rest
  } finally {
    source.close()
  }
}
