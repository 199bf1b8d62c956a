import { createManualClock } from '@breakwater/core/testing'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { createDestination } from '../destination/destination.ts'
import { createReader } from './log-reader.ts'
import { follow } from './testing/follow.ts'
import { gather, gatherPages } from './testing/gather.ts'
import { createLogFolder } from './testing/log-folder.ts'

const indexes = (lines: readonly { readonly fields: Readonly<Record<string, unknown>> }[]): unknown[] =>
  lines.map(({ fields }) => fields.index)

test('each line that a destination writes is read once, while it rotates and compresses', async () => {
  for (let seed = 1; seed <= 3; seed++) {
    using log = createLogFolder()
    const random = createRandom(seed)
    const clock = createManualClock()
    const rotate = { maxBytes: 5_000, keepFiles: 1_000 }
    const destination = createDestination({ path: log.path, rotate, clock })
    const reader = createReader({ path: log.path, maxLineBytes: 1_000, clock, blockBytes: 1_000 })
    let written = 0
    const write = (count: number): void => {
      for (let left = count; left > 0; left--) {
        const time = new Date(clock.epoch()).toISOString()
        destination.write(`${JSON.stringify({ level: 'info', time, index: ++written, msg: 'a line' })}\n`)
      }
    }
    const all = (): number[] => Array.from({ length: written }, (_, index) => index + 1)
    {
      await using tail = await follow(log.path, {}, createManualClock())
      for (let round = 0; round < 40; round++) {
        write(Math.floor(random() * 60))
        if (random() < 0.5) await clock.advanceAsync(3_000)
        if (random() < 0.7) await tail.settle()
        if (random() < 0.2) tail.clock.advance(6_000)
        const before = all()
        const more = (): void => write(random() < 0.2 ? 30 : 0)
        if (random() < 0.1)
          expect(indexes(await gatherPages(reader, {}, { order: 'newest', limit: 150 }, more))).toEqual(
            before.reverse(),
          )
      }
      expect(await tail.settle()).toEqual(all())
    }
    expect(indexes(await gather(reader.read()))).toEqual(all())
    await destination.close()
    expect(indexes(await gather(reader.read()))).toEqual(all())
    expect(indexes(await gatherPages(reader, {}, { limit: 500 }))).toEqual(all())
  }
})
