import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { toExport } from './log-export.ts'

const LINES = 'aa\nbb\ncc\n'
const CUT = (maxBytes: number): string => `{"event":"export:cut","maxBytes":${maxBytes}}\n`

async function* chunksOf(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const one of texts) yield Buffer.from(one)
}

test.each([
  [9, LINES],
  [100, LINES],
  [8, `aa\nbb\n${CUT(8)}`],
  [3, `aa\n${CUT(3)}`],
  [2, CUT(2)],
])('toExport() of %i bytes has whole lines, and says if there are more', async (maxBytes, expected) => {
  expect(await text(toExport(chunksOf(LINES), maxBytes))).toBe(expected)
  if (maxBytes !== 2) expect(await text(toExport(chunksOf('aa\n', 'bb\ncc\n'), maxBytes))).toBe(expected)
})

test('toExport() lets go of the files when it is closed, and asks for no more than is read', async () => {
  let given = 0
  let isOver = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (; ; given++) yield Buffer.alloc(65_536, 'x\n')
    } finally {
      isOver = true
    }
  }
  const stream = toExport(endless(), 1e12)
  for await (const _ of stream) break
  await expect.poll(() => isOver).toBe(true)
  expect(given).toBeLessThan(5)
})
