import { open } from 'node:fs/promises'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { createLogFolder } from '../testing/log-folder.ts'
import { seekTime } from './seek.ts'

test('seekTime() leaves out no line, and comes close', async () => {
  using log = createLogFolder()
  for (let seed = 1; seed <= 5; seed++) {
    const random = createRandom(seed)
    const toleranceMs = 100
    const lines: { text: string; atMs: number; offset: number }[] = []
    let offset = 0
    for (let index = 0; offset < 1_500_000; index++) {
      const atMs = 1e12 + index * 10 + Math.floor(random() * toleranceMs)
      const filler = 'x'.repeat(random() < 0.001 ? 150_000 * random() : 200 * random())
      const isTorn = random() < 0.1
      const text = isTorn ? `{"time":${filler}\n` : `{"time":${atMs},"filler":"${filler}"}\n`
      if (!isTorn) lines.push({ text, atMs, offset })
      else lines.push({ text, atMs: Number.NaN, offset })
      offset += text.length
    }
    const path = `${log.folder}/${seed}`
    const file = await open(path, 'w+')
    await file.write(lines.map(({ text }) => text).join(''))
    const lastMs = 1e12 + lines.length * 10
    for (const atMs of [
      0,
      1e12 + 1,
      lastMs,
      2e12,
      ...Array.from({ length: 10 }, () => 1e12 + random() * lines.length * 10),
    ]) {
      const from = await seekTime(file, offset, atMs - toleranceMs, 100_000)
      const to = await seekTime(file, offset, atMs + toleranceMs, 100_000)
      const starts = new Set(lines.map((line) => line.offset)).add(offset)
      expect(starts.has(from.before) && starts.has(to.after)).toBe(true)
      expect(lines.filter((line) => line.atMs >= atMs && line.offset < from.before)).toEqual([])
      expect(lines.filter((line) => line.atMs < atMs && line.offset >= to.after)).toEqual([])
      // 65,536 bytes are not looked at more closely, and around them there may be long lines.
      expect(to.after - from.before).toBeLessThan(offset / 2)
    }
    await file.close()
  }
})

test('seekTime() takes a file without any time as it is', async () => {
  using log = createLogFolder()
  log.write('no log\n'.repeat(50_000))
  const file = await open(log.path)
  expect(await seekTime(file, 350_000, 1e12, 1_000)).toEqual({ before: 0, after: 350_000 })
  await file.close()
})
