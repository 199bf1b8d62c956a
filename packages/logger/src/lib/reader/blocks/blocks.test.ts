import { open } from 'node:fs/promises'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { createTally } from '../tally.ts'
import { createLogFolder } from '../testing/log-folder.ts'
import type { Block } from './assembler.ts'
import { backwardBlocks } from './backward.ts'
import { forwardBlocks } from './forward.ts'
import { plainSource } from './source.ts'

interface Line {
  readonly text: string
  readonly offset: number
}

/** The lines of a block that are not too long, which the matcher would skip. */
function linesOf({ bytes, offset }: Block, maxLineBytes: number): Line[] {
  const lines: Line[] = []
  for (let start = 0; start < bytes.length; ) {
    const newline = bytes.indexOf('\n', start)
    const end = newline === -1 ? bytes.length : newline
    if (end - start <= maxLineBytes) lines.push({ text: bytes.toString('latin1', start, end), offset: offset + start })
    start = end + 1
  }
  return lines
}

async function collect(blocks: AsyncIterable<Block>, maxLineBytes: number): Promise<Line[][]> {
  const all: Line[][] = []
  for await (const block of blocks) all.push(linesOf(block, maxLineBytes))
  return all
}

test('forwardBlocks() and backwardBlocks() give each line once, whatever the sizes', async () => {
  using log = createLogFolder()
  for (let seed = 1; seed <= 300; seed++) {
    const random = createRandom(seed)
    const roll = (count: number): number => Math.floor(random() * count)
    const maxLineBytes = 1 + roll(40)
    const blockBytes = 2 + roll(50)
    const texts = Array.from({ length: roll(30) }, () => 'x'.repeat(roll(5) === 0 ? roll(200) : roll(30)))
    const text = texts.map((line) => `${line}\n`).join('') + 'y'.repeat(roll(3) === 0 ? roll(60) : 0)
    const path = `${log.folder}/${seed}`
    const file = await open(path, 'w+')
    await file.write(text)
    const expected = linesOf({ bytes: Buffer.from(text), offset: 0 }, maxLineBytes)
    const size = { blockBytes, maxLineBytes }
    const about = JSON.stringify({ seed, ...size, text })

    const there = await collect(
      forwardBlocks(plainSource(file, 0, text.length), { offset: 0, ...size }, createTally()),
      maxLineBytes,
    )
    expect(there.flat(), about).toEqual(expected)
    const back = await collect(
      backwardBlocks(file, { start: 0, end: text.length, ...size }, createTally()),
      maxLineBytes,
    )
    expect(back.reverse().flat(), about).toEqual(expected)

    const from = expected[roll(expected.length)]?.offset ?? 0
    const to = expected.filter(({ offset }) => offset >= from)[roll(5)]?.offset ?? text.length
    const part = expected.filter(({ offset }) => offset >= from && offset < to)
    const thereOnly = await collect(
      forwardBlocks(plainSource(file, from, to), { offset: from, ...size }, createTally()),
      maxLineBytes,
    )
    expect(thereOnly.flat(), about).toEqual(part)
    const backOnly = await collect(backwardBlocks(file, { start: from, end: to, ...size }, createTally()), maxLineBytes)
    expect(backOnly.reverse().flat(), about).toEqual(part)
    await file.close()
  }
})

test('forwardBlocks() and backwardBlocks() count a line that is too long once, and hold little of it', async () => {
  using log = createLogFolder()
  log.write(`first\n${'x'.repeat(1_000_000)}\nlast\n`)
  const file = await open(log.path)
  const size = { blockBytes: 1_024, maxLineBytes: 2_000 }
  const { size: end } = await file.stat()
  for (const read of [
    (tally: ReturnType<typeof createTally>) => forwardBlocks(plainSource(file, 0, end), { offset: 0, ...size }, tally),
    (tally: ReturnType<typeof createTally>) => backwardBlocks(file, { start: 0, end, ...size }, tally),
  ]) {
    const tally = createTally()
    let largest = 0
    const texts: string[] = []
    for await (const { bytes } of read(tally)) {
      largest = Math.max(largest, bytes.buffer.byteLength)
      texts.push(
        ...bytes
          .toString()
          .split('\n')
          .filter((text) => text !== '' && text.length < 10),
      )
    }
    expect(texts.sort()).toEqual(['first', 'last'])
    expect(tally).toMatchObject({ scanned: 1, skipped: 1 })
    expect(largest).toBeLessThan(10_000)
  }
  await file.close()
})

test('backwardBlocks() ends where a file was cut short meanwhile', async () => {
  using log = createLogFolder()
  log.write('a\nb\nc\n')
  const file = await open(log.path, 'r+')
  await file.truncate(2)
  const blocks = backwardBlocks(file, { start: 0, end: 6, blockBytes: 3, maxLineBytes: 10 }, createTally())
  expect(await collect(blocks, 10)).toEqual([])
  await file.close()
})
