import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createLogFolder } from '../testing/log-folder.ts'
import { gzipSource } from './gzip.ts'

interface Unpacked {
  readonly text: string
  readonly damages: readonly string[]
}

/** Compared here, because nobody reads half a megabyte of difference. */
function isSame({ text, damages }: Unpacked, expected: string): boolean {
  return text === expected && damages.length === 0
}

async function unpack(packed: Buffer): Promise<Unpacked> {
  using log = createLogFolder()
  writeFileSync(log.path, packed)
  const file = await open(log.path)
  const damages: string[] = []
  const source = gzipSource(file, ({ message }) => damages.push(message))
  const pieces: Buffer[] = []
  try {
    for (;;) {
      const into = Buffer.alloc(1_000)
      const count = await source.read(into)
      if (count === 0) break
      pieces.push(into.subarray(0, count))
    }
    expect(await source.read(Buffer.alloc(10))).toBe(0)
    return { text: Buffer.concat(pieces).toString(), damages }
  } finally {
    source.close()
    await file.close()
  }
}

const text = randomBytes(200_000).toString('hex')
const packed = gzipSync(text)

test('gzipSource() reads a file to its end', async () => {
  expect(isSame(await unpack(packed), text)).toBe(true)
})

test('gzipSource() reads several files in one', async () => {
  expect(isSame(await unpack(Buffer.concat([packed, gzipSync('more')])), `${text}more`)).toBe(true)
})

test.each([1, 2, 100, 1_000, 100_000])(
  'gzipSource() reads what is left of a file that lacks %i bytes',
  async (missing) => {
    const read = await unpack(packed.subarray(0, -missing))
    expect(read.damages).toEqual(['unexpected end of file'])
    expect(text.startsWith(read.text)).toBe(true)
    expect(read.text.length).toBeGreaterThan(text.length - 20 * missing - 1_000)
  },
)

test('gzipSource() reads what stands before a damage', async () => {
  const damaged = Buffer.from(packed)
  damaged.fill(0xff, 100_000, 100_100)
  const read = await unpack(damaged)
  expect(read.damages).toHaveLength(1)
  expect(text.startsWith(read.text.slice(0, 100_000))).toBe(true)
  expect(read.text.length).toBeGreaterThan(100_000)
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no gzip', Buffer.from('no gzip at all')],
])('gzipSource() tells of %s', async (_name, bytes) => {
  const read = await unpack(bytes)
  expect(read.text).toBe('')
  expect(read.damages).toHaveLength(1)
})

test.each([10, 100_000])('gzipSource() ends where %i bytes of nothing follow', async (length) => {
  expect(isSame(await unpack(Buffer.concat([packed, Buffer.alloc(length)])), text)).toBe(true)
})

test.each([10, 100_000])('gzipSource() tells of %i bytes of something else that follow', async (length) => {
  const read = await unpack(Buffer.concat([packed, Buffer.alloc(length, 'x')]))
  expect(read.damages).toEqual(['incorrect header check'])
  expect(text.startsWith(read.text)).toBe(true)
  expect(read.text.length).toBeGreaterThan(text.length - 65_536)
})

test('gzipSource() lets others have their turn before it gives what it has ready', async () => {
  using log = createLogFolder()
  writeFileSync(log.path, gzipSync('x'.repeat(5_000_000)))
  const file = await open(log.path)
  const source = gzipSource(file, () => {})
  const into = Buffer.alloc(50_000)
  let turns = 0
  const turn = (): void => {
    turns++
    timer = setImmediate(turn)
  }
  let timer = setImmediate(turn)
  let before = turns
  while ((await source.read(into)) > 0) {
    expect(turns).toBeGreaterThan(before)
    before = turns
  }
  clearImmediate(timer)
  source.close()
  await file.close()
})
