import { renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createManualClock } from '@breakwater/core/testing'
import { createRandom } from '@breakwater/testing/simulation'
import { expect, test } from 'vitest'
import { createReader } from '../log-reader.ts'
import { follow } from '../testing/follow.ts'
import { createLogFolder } from '../testing/log-folder.ts'
import { createDice } from '../testing/random-lines.ts'

const SOAK = Number(process.env.SOAK ?? 1)
const line = (index: number): string => `{"time":${1e12 + index},"index":${index}}\n`

test('tail() gives what is written from now on', async () => {
  using log = createLogFolder()
  log.write(line(0))
  await using tail = await follow(log.path)
  expect(await tail.settle()).toEqual([])
  log.write(line(1) + line(2))
  expect(await tail.settle()).toEqual([1, 2])
  log.write(line(3))
  expect(await tail.settle()).toEqual([1, 2, 3])
})

test('tail() gives only what meets the query', async () => {
  using log = createLogFolder()
  await using tail = await follow(log.path, { fields: { index: 2 } })
  log.write(line(1) + line(2) + line(3))
  expect(await tail.settle()).toEqual([2])
})

test('tail() gives a line when it is whole, also one that was begun before', async () => {
  using log = createLogFolder()
  log.write(line(0) + line(1).slice(0, 5))
  await using tail = await follow(log.path)
  expect(await tail.settle()).toEqual([])
  log.write(line(1).slice(5) + line(2).slice(0, 9))
  expect(await tail.settle()).toEqual([1])
  log.write(line(2).slice(9))
  expect(await tail.settle()).toEqual([1, 2])
})

test('tail() waits for a file that is not there yet, and reads it from its beginning', async () => {
  using log = createLogFolder()
  await using tail = await follow(log.path)
  expect(await tail.settle()).toEqual([])
  log.write(line(1))
  expect(await tail.settle()).toEqual([1])
})

test('tail() goes on across rotations, several of them at once as well', async () => {
  using log = createLogFolder()
  log.write(line(0))
  log.rotate(1e12)
  log.write(line(1))
  await using tail = await follow(log.path)
  log.write(line(2))
  log.rotate(1e12 + 1)
  log.write(line(3))
  log.rotate(1e12 + 2)
  log.write(line(4))
  log.compress(log.rotate(1e12 + 3))
  log.write(line(5))
  expect(await tail.settle()).toEqual([2, 3, 4, 5])
  log.rotate(1e12 + 4)
  expect(await tail.settle()).toEqual([2, 3, 4, 5])
  log.write(line(6))
  expect(await tail.settle()).toEqual([2, 3, 4, 5, 6])
})

test('tail() follows a few files at once, however many were rotated since its last look', async () => {
  if (process.platform !== 'linux') return
  using log = createLogFolder()
  log.write(line(0))
  await using tail = await follow(log.path)
  const before = log.countOpen()
  for (let index = 1; index <= 100; index++) {
    log.write(line(index))
    const rotated = log.rotate(1e12 + index)
    if (index % 3 === 0) log.compress(rotated)
  }
  log.write(line(101))
  expect(await tail.settle()).toEqual(Array.from({ length: 101 }, (_, index) => index + 1))
  expect(log.countOpen()).toBeLessThanOrEqual(before + 16)
})

test('tail() reads no file again that was compressed before it was looked for', async () => {
  using log = createLogFolder()
  log.write(line(0))
  await using tail = await follow(log.path)
  log.write(line(1))
  log.compress(log.rotate(1e12))
  log.write(line(2))
  expect(await tail.settle()).toEqual([1, 2])
})

test('tail() gives what others write to a file for a moment after it was rotated', async () => {
  using log = createLogFolder()
  log.write(line(0))
  await using tail = await follow(log.path)
  const rotated = log.rotate(1e12)
  log.write(line(1))
  expect(await tail.settle()).toEqual([1])
  writeFileSync(rotated, line(2), { flag: 'a' })
  expect(await tail.settle()).toEqual([1, 2])
})

test('tail() leaves a file that was rotated after some seconds', async () => {
  if (process.platform !== 'linux') return
  using log = createLogFolder()
  log.write(line(0))
  await using tail = await follow(log.path)
  const before = log.countOpen()
  for (let index = 0; index < 3; index++) {
    log.rotate(1e12 + index)
    log.write(line(index))
    await tail.settle()
  }
  expect(log.countOpen()).toBe(before + 3)
  tail.clock.advance(6_000)
  await tail.settle()
  expect(log.countOpen()).toBe(before)
})

test('tail() gives the last line of a rotated file that never got its newline', async () => {
  using log = createLogFolder()
  await using tail = await follow(log.path)
  log.write(line(1).trimEnd())
  await tail.settle()
  log.rotate(1e12)
  log.write(line(2))
  await tail.settle()
  tail.clock.advance(6_000)
  expect(await tail.settle()).toEqual([2, 1])
})

test('tail() reads a file that was emptied, or moved by somebody, from its beginning', async () => {
  using log = createLogFolder()
  log.write(line(0))
  await using tail = await follow(log.path)
  truncateSync(log.path)
  await tail.settle()
  log.write(line(1))
  expect(await tail.settle()).toEqual([1])
  renameSync(log.path, `${log.path}.1`)
  log.write(line(2))
  expect(await tail.settle()).toEqual([1, 2])
  rmSync(log.path)
  await tail.settle()
  log.write(line(3))
  expect(await tail.settle()).toEqual([1, 2, 3])
})

test('tail() ends without an error when its signal aborts, and closes its files at once', async () => {
  using log = createLogFolder()
  log.write(line(0))
  const tail = await follow(log.path)
  tail.controller.abort()
  await tail.ended
  if (process.platform !== 'linux') return
  const before = log.countOpen()
  expect(before).toBe(0)
  const reader = createReader({ path: log.path, maxLineBytes: 100, clock: createManualClock(), blockBytes: 100 })
  const controller = new AbortController()
  const lines = reader.tail({}, { signal: controller.signal })[Symbol.asyncIterator]()
  const first = lines.next()
  await expect.poll(log.countOpen).toBe(before + 1)
  controller.abort()
  expect(await first).toEqual({ done: true, value: undefined })
  expect(log.countOpen()).toBe(before)
  expect(await reader.tail({}, { signal: controller.signal })[Symbol.asyncIterator]().next()).toMatchObject({
    done: true,
  })
})

test('tail() gives each line once, whatever happens between its looks', async () => {
  for (let seed = 1; seed <= 30 * SOAK; seed++) {
    using log = createLogFolder()
    const dice = createDice(createRandom(seed))
    log.write(line(0))
    await using tail = await follow(log.path)
    let written = 0
    let stamp = 1e12
    const plain: string[] = []
    for (let round = 0; round < 12; round++) {
      for (let count = dice.roll(5); count > 0; count--) {
        const what = dice.roll(6)
        if (what < 4) for (let lines = dice.roll(40); lines > 0; lines--) log.write(line(++written))
        else if (what === 4) {
          log.write('')
          plain.push(log.rotate(stamp++))
        } else {
          const path = plain.shift()
          if (path !== undefined) log.compress(path)
        }
      }
      await tail.settle()
      if (dice.roll(4) === 0) tail.clock.advance(6_000)
    }
    const expected = Array.from({ length: written }, (_, index) => index + 1)
    expect(await tail.settle(), JSON.stringify({ seed })).toEqual(expected)
  }
})
