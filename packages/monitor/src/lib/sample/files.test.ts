import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFiles } from './files.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'monitor-files-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test('read() reads a file whole, also one that is longer than those before', () => {
  const files = createFiles()
  for (const length of [5, 16_384, 16_385, 200_000, 5]) {
    const text = 'x'.repeat(length)
    writeFileSync(join(folder, 'file'), text)
    expect(files.read(join(folder, 'file'))).toBe(text)
  }
})

test('read() bounds what it reads', () => {
  writeFileSync(join(folder, 'huge'), 'x'.repeat(5_000_000))
  expect(createFiles().read(join(folder, 'huge'))?.length).toBeLessThanOrEqual(2_097_152)
})

test('read() has nothing for a file that is not there', () => {
  const files = createFiles()
  expect(files.read(join(folder, 'none'))).toBeUndefined()
  writeFileSync(join(folder, 'file'), '')
  expect(files.read(join(folder, 'file', 'below'))).toBeUndefined()
})

test('read() throws what is no absence', () => {
  expect(() => createFiles().read(folder)).toThrow('EISDIR')
})

test.runIf(process.platform === 'linux')('read() reads what the kernel makes up as it is read', () => {
  expect(createFiles().read('/proc/self/status')).toContain(`Pid:\t${process.pid}`)
})
